//! The answer to each single changing call is lost, though its work was done. The same run goes on by itself.

use simulated_kanto_cm::{Fault, What};

use super::interrupted::{self, at_each_call, Scenario};

fn drop_each_answer(scenario: &Scenario) {
    at_each_call(scenario, &[What::DropAnswer], |case| {
        let run = case.spawn_with_fault(&[]).wait();
        run.expect_code(scenario.first_code())
            .expect_log("the connection to Kanto-CM broke");
        case.demand_end();
    });
}

#[test]
fn a_replacement_goes_on() {
    drop_each_answer(&interrupted::pinned());
}

#[test]
fn a_container_without_an_id_of_its_own_is_recognised() {
    drop_each_answer(&interrupted::anonymous().unsettled());
}

#[test]
fn a_container_whose_id_or_name_changes_is_recognised() {
    drop_each_answer(&interrupted::other_id().unsettled());
    drop_each_answer(&interrupted::other_name().unsettled());
}

#[test]
fn what_does_not_run_is_replaced_all_the_same() {
    drop_each_answer(&interrupted::stopped().unsettled());
    drop_each_answer(&interrupted::crash_looping().unsettled());
}

#[test]
fn a_roll_back_goes_on() {
    drop_each_answer(&interrupted::failing());
}

#[test]
fn what_does_not_start_is_rolled_back() {
    drop_each_answer(&interrupted::missing().unsettled());
}

#[test]
fn several_at_once_go_on() {
    drop_each_answer(&interrupted::several());
}

#[test]
fn two_answers_in_a_row_may_be_lost() {
    let scenario = interrupted::pinned();
    at_each_call(&scenario, &[What::DropAnswer], |case| {
        case.cm.fault(Fault {
            nth: case.fault.nth + 1,
            ..case.fault.clone()
        });
        case.spawn_with_fault(&[]).wait().expect_code(0);
        case.demand_end();
    });
}
