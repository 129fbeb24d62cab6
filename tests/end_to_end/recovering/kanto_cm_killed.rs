//! Kanto-CM itself dies before, during and after each single changing call, or is restarted in the middle of one.

use serde_json::json;
use simulated_kanto_cm::{Fault, Method, Process, What};

use super::interrupted::{self, at_each_call, at_each_call_with, Record, Scenario};
use crate::common::replacing::{expect_clean, expect_running, version};
use crate::common::{deploy, deploy_command, kanto_cm, Manifests, Running};

const KILLS: [What; 3] = [What::KillBefore, What::KillDuring, What::KillAfter];

/// The deployer ends with it, and runs again once it is back.
fn kill_and_run_again(scenario: &Scenario, record: Record) {
    at_each_call_with(scenario, record, &KILLS, |case| {
        let run = case.spawn_with_fault(&["--connect-timeout", "0"]).wait();
        run.expect_code(3);
        case.cm.wait_for_end();
        case.cm.start_again();
        case.demand_recovery();
    });
}

/// It comes back while the deployer waits for it.
fn kill_and_wait(scenario: &Scenario) {
    at_each_call(scenario, &KILLS, |case| {
        let running = case.spawn_with_fault(&[]);
        case.cm.wait_for_end();
        case.cm.start_again();
        running.wait().expect_code(scenario.first_code());
        case.demand_end();
    });
}

/// Its clean stop stops the containers too, and cuts the connections.
fn restart_cleanly(scenario: &Scenario) {
    // With the call under way, and perhaps done.
    at_each_call(scenario, &[What::Hang, What::DelayMs(0)], |case| {
        let running = case.spawn_with_fault(&[]);
        wait_for_change(&case.cm, &case.fault);
        case.cm.clean_stop();
        case.cm.start_again();
        running.wait().expect_code(scenario.first_code());
        case.demand_end();
    });
}

fn wait_for_change(cm: &Process, fault: &Fault) {
    cm.wait_for_calls("the call to be interrupted", |calls| {
        let changes = calls.iter().filter(|call| call.method.changes());
        (changes.count() >= fault.nth as usize).then_some(())
    });
}

#[test]
fn a_replacement_is_brought_to_its_end_by_the_next_run() {
    kill_and_run_again(&interrupted::pinned(), Record::Kept);
}

#[test]
fn no_record_is_needed_for_it() {
    kill_and_run_again(&interrupted::pinned().unsettled(), Record::None);
}

#[test]
fn a_roll_back_is_brought_to_its_end_by_the_next_run() {
    kill_and_run_again(&interrupted::failing(), Record::Kept);
    kill_and_run_again(&interrupted::missing().unsettled(), Record::Kept);
}

#[test]
fn a_container_without_an_id_of_its_own_is_recognised() {
    kill_and_run_again(&interrupted::anonymous().unsettled(), Record::Kept);
}

#[test]
fn a_container_whose_id_or_name_changes_is_recognised() {
    kill_and_run_again(&interrupted::other_id().unsettled(), Record::Kept);
    kill_and_run_again(&interrupted::other_name().unsettled(), Record::Kept);
}

#[test]
fn what_does_not_run_is_replaced_by_the_next_run() {
    kill_and_run_again(&interrupted::stopped().unsettled(), Record::Kept);
    kill_and_run_again(&interrupted::crash_looping().unsettled(), Record::Kept);
}

#[test]
fn several_at_once_are_brought_to_their_ends_by_the_next_run() {
    kill_and_run_again(&interrupted::several().unsettled(), Record::Kept);
}

#[test]
fn host_ports_are_exchanged_by_the_next_run() {
    kill_and_run_again(&interrupted::ports_exchanged().unsettled(), Record::Kept);
}

#[test]
fn host_ports_are_exchanged_by_the_same_run() {
    kill_and_wait(&interrupted::ports_exchanged());
}

#[test]
fn a_manifest_that_has_changed_again_counts_for_the_next_run() {
    kill_and_run_again(&interrupted::changed_again().unsettled(), Record::Kept);
}

#[test]
fn a_manifest_that_was_taken_back_counts_for_the_next_run() {
    kill_and_run_again(&interrupted::taken_back(), Record::Kept);
}

#[test]
fn a_container_whose_manifest_is_gone_or_invalid_is_not_lost() {
    kill_and_run_again(&interrupted::removed().unsettled(), Record::Kept);
    kill_and_run_again(&interrupted::invalid().unsettled(), Record::Kept);
}

#[test]
fn what_is_to_be_kept_is_not_lost() {
    kill_and_run_again(&interrupted::kept().unsettled(), Record::Kept);
}

#[test]
fn a_replacement_is_brought_to_its_end_by_the_same_run() {
    kill_and_wait(&interrupted::pinned());
}

#[test]
fn a_roll_back_is_brought_to_its_end_by_the_same_run() {
    kill_and_wait(&interrupted::failing());
    kill_and_wait(&interrupted::missing().unsettled());
}

#[test]
fn what_has_no_id_or_another_one_is_recognised_by_the_same_run() {
    kill_and_wait(&interrupted::anonymous().unsettled());
    kill_and_wait(&interrupted::other_id().unsettled());
}

#[test]
fn several_at_once_are_brought_to_their_ends_by_the_same_run() {
    kill_and_wait(&interrupted::several());
}

#[test]
fn a_clean_restart_in_the_middle_is_got_over() {
    restart_cleanly(&interrupted::pinned());
}

#[test]
fn a_clean_restart_in_the_middle_of_a_roll_back_is_got_over() {
    restart_cleanly(&interrupted::failing());
}

#[test]
fn a_clean_restart_with_several_under_way_is_got_over() {
    restart_cleanly(&interrupted::several().unsettled());
}

/// Kanto-CM stops what settles, and starts again only what its restart policy says.
#[test]
fn a_clean_restart_while_it_settles_is_no_failure() {
    for policy in ["no", "on-failure", "unless-stopped", "always"] {
        let cm = kanto_cm().start();
        let manifests = Manifests::new();
        let manifest = |number| {
            let mut manifest = version("a", number);
            manifest["host_config"] = json!({ "restart_policy": { "type": policy } });
            manifest
        };
        manifests.put("a", &manifest(1));
        deploy(&cm, &manifests, &[]).expect_code(0);
        manifests.put("a", &manifest(2));
        Running::spawn(deploy_command(&cm, &manifests, &["--settle", "5"]))
            .wait_doing("a: watching it", |_| {
                cm.clean_stop();
                cm.start_again();
            })
            .expect_code(0)
            .expect_lines(&["a  replaced", "1 manifest: 1 deployed"]);
        expect_running(&cm, "a", 2);
        expect_clean(&cm);
    }
}

/// Nothing is pulled for it, so the time that it takes says nothing about the refusal.
#[test]
fn a_create_that_meets_leftovers_slowly_is_made_again() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with_json("a", &version("a", 1));
    deploy(&cm, &manifests, &[]).expect_code(0);
    manifests.put("a", &version("a", 2));
    cm.fault(Fault::at(Method::Create, What::KillDuring).of("a"));
    deploy(&cm, &manifests, &["--connect-timeout", "0"]).expect_code(3);
    cm.wait_for_end();
    cm.start_again();
    cm.fault(Fault::at(Method::Create, What::DelayMs(1_500)).of("a"));
    deploy(&cm, &manifests, &[])
        .expect_code(0)
        .expect_lines(&["a  replaced", "1 manifest: 1 deployed"]);
}
