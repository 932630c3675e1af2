//! What is to be done about a silent run.
//!
//! Whoever owns the run reads what is said here, so it is said in fixed sentences: why an operator paused or drained the queue, and
//! which error a job died of, is for the log of the service alone.

use std::time::Duration;

use mosaic_domain::RunState;
use mosaic_storage::{MAX_CLAIMS, SilentRun};

/// Clocks of the record and of Valkey, and publishing itself, may part by this much.
const SLACK: Duration = Duration::from_secs(5);

/// What is known.
pub(super) struct Facts<'a> {
    pub(super) run: &'a SilentRun,
    /// Workers that are alive.
    pub(super) workers: usize,
    /// Whether the queue of runs is paused and hands out nothing.
    pub(super) paused: bool,
    /// How its job came among the dead letters, if it is there.
    pub(super) dead: Option<Dead>,
    /// Jobs that nobody has taken.
    pub(super) waiting: Waiting,
    /// How often a run is recovered.
    pub(super) recoveries: u32,
}

/// How a job came among the dead letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dead {
    /// An operator drained the queue, and is to put it back or to discard it.
    Drained,
    /// It was given up on.
    GivenUp,
}

/// What the queue says of jobs that nobody has taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waiting {
    /// It cannot be asked.
    Unknown,
    /// There is none.
    Nothing,
    /// The oldest has waited for this long.
    For(Duration),
}

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Say this.
    Speak(String),
    /// Say this, and put its job back.
    Recover(String),
    /// End it.
    Fail { code: &'static str, reason: String },
}

/// What is to be done about a run.
pub(super) fn of(facts: &Facts<'_>) -> Verdict {
    let run = facts.run;
    if facts.paused {
        let note = "An operator has paused the queue of runs. This goes on when it is resumed.";
        return Verdict::Speak(note.to_owned());
    }
    match facts.dead {
        Some(Dead::Drained) => {
            let note =
                "An operator has set the job of this run aside. This goes on when it is put back.";
            return Verdict::Speak(note.to_owned());
        }
        Some(Dead::GivenUp) => return given_up(),
        None => {}
    }
    let worker_gone = run.state == RunState::Running;
    if worker_gone && run.claims >= MAX_CLAIMS {
        return claims_used_up();
    }
    let may_recover = run.recoveries < facts.recoveries;
    if facts.workers == 0 {
        let note = "No agent-worker is running. This is answered as soon as one comes.".to_owned();
        return if may_recover {
            Verdict::Recover(note)
        } else {
            Verdict::Speak(note)
        };
    }
    let oldest = match facts.waiting {
        Waiting::Unknown => {
            return Verdict::Speak("Valkey is away. This goes on when it is back.".to_owned());
        }
        Waiting::Nothing => None,
        Waiting::For(age) => Some(age),
    };
    let published_for = run.published_for.unwrap_or(Duration::MAX);
    if !worker_gone && oldest.is_some_and(|age| age.saturating_add(SLACK) >= published_for) {
        // Its own entry may be among those that wait, so there is nothing to put back.
        return Verdict::Speak(format!(
            "All agent-workers are busy. This has waited for {} s and is answered in its turn.",
            run.silent_for.as_secs()
        ));
    }
    if !may_recover {
        return unclaimed(run);
    }
    Verdict::Recover(if worker_gone {
        "The agent-worker that answered is gone. Another one is asked to go on.".to_owned()
    } else {
        format!(
            "No agent-worker has taken this for {} s. It was put into the queue again.",
            run.silent_for.as_secs()
        )
    })
}

fn given_up() -> Verdict {
    Verdict::Fail {
        code: "job_dead",
        reason: "The job of this run was given up; an operator finds out why among the dead letters of the queue `runs`. \
                 Send the message again when the cause is mended."
            .to_owned(),
    }
}

fn claims_used_up() -> Verdict {
    Verdict::Fail {
        code: "crash_loop",
        reason: format!(
            "{MAX_CLAIMS} workers have died or lost their lease while executing this run, so it was given up. Look into \
             the logs of agent-worker, then send the message again."
        ),
    }
}

fn unclaimed(run: &SilentRun) -> Verdict {
    Verdict::Fail {
        code: "unclaimed",
        reason: format!(
            "The job of this run was put into the queue {} times and no agent-worker has taken it, although some are \
             running. Look into their logs, then send the message again.",
            run.recoveries
        ),
    }
}

#[cfg(test)]
mod tests {
    use mosaic_domain::{ConversationId, JobId, RunId, WorkspaceId};
    use uuid::Uuid;

    use super::*;

    const SILENT: Duration = Duration::from_mins(3);

    fn run(state: RunState) -> SilentRun {
        let id = Uuid::from_u128(1);
        SilentRun {
            run_id: RunId::new(id),
            workspace_id: WorkspaceId::new(id),
            conversation_id: ConversationId::new(id),
            state,
            epoch: 1,
            job_id: JobId::new(id),
            claims: 1,
            silent_for: SILENT,
            published_for: Some(Duration::from_mins(2)),
            set_aside: false,
            recoveries: 0,
        }
    }

    fn facts(run: &SilentRun) -> Facts<'_> {
        Facts {
            run,
            workers: 2,
            paused: false,
            dead: None,
            waiting: Waiting::Nothing,
            recoveries: 3,
        }
    }

    fn kind(verdict: &Verdict) -> &'static str {
        match verdict {
            Verdict::Speak(_) => "speak",
            Verdict::Recover(_) => "recover",
            Verdict::Fail { code, .. } => code,
        }
    }

    #[test]
    fn a_lost_job_is_put_back_so_often_and_then_its_run_is_ended() {
        let mut run = run(RunState::Queued);
        for recoveries in 0..3 {
            run.recoveries = recoveries;
            assert_eq!(kind(&of(&facts(&run))), "recover");
        }
        run.recoveries = 3;
        assert_eq!(kind(&of(&facts(&run))), "unclaimed");
    }

    #[test]
    fn a_run_never_ends_for_want_of_workers_or_of_valkey_or_in_a_pause_or_while_others_wait_longer()
    {
        let mut run = run(RunState::Queued);
        run.recoveries = 3;
        let without_workers = Facts {
            workers: 0,
            ..facts(&run)
        };
        let without_valkey = Facts {
            waiting: Waiting::Unknown,
            ..facts(&run)
        };
        let busy = Facts {
            waiting: Waiting::For(Duration::from_mins(2)),
            ..facts(&run)
        };
        let paused = Facts {
            paused: true,
            ..facts(&run)
        };
        let drained = Facts {
            dead: Some(Dead::Drained),
            ..facts(&run)
        };
        let drained_and_alone = Facts {
            dead: Some(Dead::Drained),
            workers: 0,
            ..facts(&run)
        };
        let all = [
            without_workers,
            without_valkey,
            busy,
            paused,
            drained,
            drained_and_alone,
        ];
        for facts in all {
            assert_eq!(kind(&of(&facts)), "speak");
        }
    }

    #[test]
    fn a_run_whose_job_was_published_before_every_entry_of_the_queue_has_lost_its_own() {
        let run = run(RunState::Queued);
        let younger = Facts {
            waiting: Waiting::For(Duration::from_secs(10)),
            ..facts(&run)
        };
        assert_eq!(kind(&of(&younger)), "recover");
    }

    #[test]
    fn a_run_whose_claims_are_used_up_or_whose_job_was_given_up_is_ended() {
        let mut killer = run(RunState::Running);
        killer.claims = MAX_CLAIMS;
        assert_eq!(kind(&of(&facts(&killer))), "crash_loop");
        let run = run(RunState::Queued);
        let dead = Facts {
            dead: Some(Dead::GivenUp),
            ..facts(&run)
        };
        assert_eq!(kind(&of(&dead)), "job_dead");
    }

    #[test]
    fn nothing_is_ended_while_the_queue_is_paused() {
        let mut killer = run(RunState::Running);
        killer.claims = MAX_CLAIMS;
        killer.recoveries = 3;
        for dead in [None, Some(Dead::Drained), Some(Dead::GivenUp)] {
            let paused = Facts {
                paused: true,
                dead,
                ..facts(&killer)
            };
            assert_eq!(kind(&of(&paused)), "speak");
        }
    }
}
