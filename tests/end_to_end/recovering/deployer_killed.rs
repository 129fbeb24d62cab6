//! The deployer is killed before, during and after each single changing call. The next run brings it to its end.

use simulated_kanto_cm::What;

use super::interrupted::{self, at_each_call_with, Case, Record, Scenario};

const KILLS: [What; 3] = [
    What::KillCallerBefore,
    What::KillCallerDuring,
    What::KillCallerAfter,
];

fn kill_at_each_call(scenario: &Scenario, record: Record) {
    at_each_call_with(scenario, record, &KILLS, |case| {
        kill(case);
        case.demand_recovery();
    });
}

/// A run that ends at the case's call.
fn kill(case: &Case) {
    let running = case.spawn_with_fault(&[]);
    case.cm.set_caller(running.pid());
    let run = running.wait();
    assert_eq!(run.code, None, "it was not killed\n{}", run.stderr);
}

fn with_and_without_record(scenario: &Scenario) {
    kill_at_each_call(scenario, Record::Kept);
    kill_at_each_call(scenario, Record::None);
}

#[test]
fn a_killed_replacement_is_brought_to_its_end() {
    kill_at_each_call(&interrupted::pinned(), Record::Kept);
}

#[test]
fn no_record_is_needed_for_it() {
    kill_at_each_call(&interrupted::pinned(), Record::None);
}

#[test]
fn a_container_without_an_id_of_its_own_is_recognised() {
    with_and_without_record(&interrupted::anonymous().unsettled());
}

#[test]
fn a_container_whose_id_changes_is_recognised() {
    kill_at_each_call(&interrupted::other_id().unsettled(), Record::Kept);
}

#[test]
fn a_container_whose_name_changes_is_recognised() {
    kill_at_each_call(&interrupted::other_name().unsettled(), Record::Kept);
}

#[test]
fn a_stopped_container_is_replaced_all_the_same() {
    kill_at_each_call(&interrupted::stopped().unsettled(), Record::Kept);
}

#[test]
fn a_crash_looping_container_is_replaced_all_the_same() {
    kill_at_each_call(&interrupted::crash_looping(), Record::Kept);
}

#[test]
fn what_fails_while_settling_is_rolled_back() {
    kill_at_each_call(&interrupted::failing(), Record::Kept);
}

#[test]
fn what_was_rolled_back_is_rolled_back_again_without_a_record() {
    kill_at_each_call(&interrupted::failing(), Record::None);
}

#[test]
fn what_does_not_start_is_rolled_back() {
    kill_at_each_call(&interrupted::missing().unsettled(), Record::Kept);
}

#[test]
fn several_at_once_come_to_their_ends() {
    kill_at_each_call(&interrupted::several().unsettled(), Record::Kept);
}

#[test]
fn a_host_port_is_handed_on_after_all() {
    with_and_without_record(&interrupted::port_handed_on().unsettled());
}

#[test]
fn host_ports_are_exchanged_after_all() {
    with_and_without_record(&interrupted::ports_exchanged().unsettled());
}

#[test]
fn host_ports_that_cannot_be_exchanged_go_back() {
    kill_at_each_call(&interrupted::ports_exchanged_in_vain(), Record::Kept);
}

#[test]
fn a_manifest_that_has_changed_again_counts() {
    with_and_without_record(&interrupted::changed_again().unsettled());
}

#[test]
fn a_manifest_that_was_taken_back_counts() {
    kill_at_each_call(&interrupted::taken_back(), Record::Kept);
}

#[test]
fn a_container_whose_manifest_is_gone_is_not_lost() {
    kill_at_each_call(&interrupted::removed().unsettled(), Record::Kept);
}

#[test]
fn a_container_whose_manifest_is_invalid_now_is_not_lost() {
    kill_at_each_call(&interrupted::invalid().unsettled(), Record::Kept);
}

#[test]
fn what_is_to_be_kept_is_not_lost() {
    kill_at_each_call(&interrupted::kept().unsettled(), Record::Kept);
}

#[test]
fn a_ruined_id_is_healed_on_the_way() {
    kill_at_each_call(
        &interrupted::ruined(interrupted::pinned()).unsettled(),
        Record::Kept,
    );
    kill_at_each_call(
        &interrupted::ruined(interrupted::anonymous()).unsettled(),
        Record::Kept,
    );
}

#[test]
fn a_ruined_id_is_healed_on_the_way_back() {
    kill_at_each_call(&interrupted::ruined(interrupted::failing()), Record::Kept);
}
