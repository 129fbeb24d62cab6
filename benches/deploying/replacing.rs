//! How long a container is down while it is replaced.

use std::time::Duration;

use crate::common::figures::Figures;
use crate::common::run::run;
use crate::compared::{add_median, samples, Unit};
use crate::deployer::Deployer;
use crate::harness::Manifests;
use crate::kanto_cm::{KantoCm, Sight};
use crate::manifests::{manifest, name, slow_image, variable};
use crate::rounds::Rounds;

const LIMIT: Duration = Duration::from_secs(120);
/// What a simulated container takes to stop, and to start.
const SLOW: Duration = Duration::from_millis(50);
const PULL: Duration = Duration::from_millis(500);

pub(crate) fn measure(cm: &KantoCm, rounds: &Rounds, figures: &mut Figures) {
    figures.topic(if cm.is_simulated() {
        "downtime of a replacement, where a start takes 50 ms"
    } else {
        "downtime of a replacement, seen by Lists"
    });
    let image = if cm.set_image(slow_image("registry.example/slow:0", SLOW, Duration::ZERO)) {
        "registry.example/slow:0"
    } else {
        cm.image()
    };
    let local = rounds.in_turns(|deployer| downtimes(cm, deployer, image, image));
    let local = samples(&local, |us| *us);
    add_median(figures, "image local, ms", Unit::Ms, &local).budget("other's", "");
    let mut number = 0;
    let pulled = rounds.in_turns(|deployer| {
        number += 1;
        let new = format!("registry.example/slow:{number}");
        let is_simulated = cm.set_image(slow_image(&new, SLOW, PULL));
        if is_simulated {
            downtimes(cm, deployer, image, &new)
        } else {
            Vec::new() // it keeps what it has pulled
        }
    });
    if !pulled.ours.is_empty() {
        let pulled = samples(&pulled, |us| *us);
        add_median(
            figures,
            "image to be pulled in 500 ms, ms",
            Unit::Ms,
            &pulled,
        )
        .budget("as local", "");
    }
    cm.remove_own().expect("a new beginning");
}

/// From when the old one ran last to when the new one ran, in microseconds; none where it did not come to that.
fn downtimes(cm: &KantoCm, deployer: &Deployer, old: &str, new: &str) -> Vec<u64> {
    cm.remove_own().expect("a new beginning");
    deployer.forget();
    let manifests = Manifests::new();
    let deploy = |version, image| {
        manifests.put(&name(0), &manifest(0, version, image));
        run(&mut deployer.command(cm.socket(), manifests.path()), LIMIT);
    };
    deploy(1, old);
    assert!(
        cm.running() == 1 || !deployer.is_ours,
        "{}",
        deployer.said()
    );
    let sights = cm.watch(&name(0), || deploy(2, new));
    let downtime = downtime_ms(&sights);
    let is_known = downtime.is_some() || !deployer.is_ours;
    assert!(is_known, "{sights:?}\n{}", deployer.said());
    downtime.map(|ms| ms * 1000).into_iter().collect()
}

fn downtime_ms(sights: &[Sight]) -> Option<u64> {
    let runs = |sight: &Sight, version| {
        let env = sight.running.as_ref();
        env.is_some_and(|env| env.contains(&variable(version)))
    };
    let old = sights.iter().position(|sight| runs(sight, 1))?;
    let mut later = sights[old..].iter();
    let down = later.clone().find(|sight| !runs(sight, 1))?;
    let back = later.find(|sight| runs(sight, 2))?;
    Some(back.at_ms.saturating_sub(down.at_ms))
}
