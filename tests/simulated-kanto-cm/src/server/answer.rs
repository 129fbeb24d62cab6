//! One call from its request to its answer: into the journal, through the faults, to the daemon, and back.

use std::mem;

use futures_executor::block_on;
use futures_util::{FutureExt as _, StreamExt as _};
use grpcio::{ClientStreamingSink, RequestStream, RpcStatus, RpcStatusCode};

use super::{cut_connections, Addressed, Site, Work};
use crate::daemon::{kill_self, Caller, Exit, Failure, Victim};
use crate::protocol::{Call, Method, Outcome, What};

/// Handles a call on this thread.
pub(super) fn answer<Req: Addressed, Resp: Addressed>(
    site: &Site,
    method: Method,
    mut requests: RequestStream<Req>,
    sink: ClientStreamingSink<Resp>,
    work: Work<Req, Resp>,
) {
    let Some(Ok(request)) = block_on(requests.next()) else {
        return;
    };
    // The request is all that comes: a stream that fails from here on has lost its caller.
    let mut caller =
        Caller::client(move || matches!(requests.next().now_or_never(), Some(Some(Err(_)))));
    let (mut call, fault) = begin(site, method, &request);
    let result = obey(site, fault.as_ref(), &mut caller)
        .and_then(|()| work(&site.daemon, &request, &mut caller));
    if let Ok(response) = &result {
        if !response.id().is_empty() {
            response.id().clone_into(&mut call.id);
        }
    }
    let killed = match fault {
        Some(What::KillDuring | What::KillAfter) => kill_self(),
        Some(What::KillCallerDuring) => site.daemon.kill_late_caller(&mut caller),
        Some(What::KillCallerAfter) => site.daemon.kill_caller(&mut caller),
        _ => Ok(()),
    };
    let result = killed.and(result);
    if let Some(What::DelayAnswerMs(millis)) = fault {
        site.daemon.delay(millis, &mut caller); // in vain, if the caller is gone by then
    }
    match fault {
        Some(What::KillCallerDuring | What::KillCallerAfter) if result.is_ok() => {
            site.daemon.journal.ended(call, Outcome::AnswerDropped);
            drop(sink);
        }
        Some(What::DropAnswer) => {
            site.daemon.journal.ended(call, Outcome::AnswerDropped);
            cut_connections(&site.socket);
            mem::forget(sink);
        }
        _ => finish(site, call, result, sink),
    }
    drop(caller);
}

/// A call that is in the journal has been struck already: what comes later is another call.
fn begin<Req: Addressed>(site: &Site, method: Method, request: &Req) -> (Call, Option<What>) {
    let id = request.id();
    let known = if method == Method::Create {
        None
    } else {
        site.daemon.name_of(id)
    };
    let name = known.unwrap_or_else(|| request.name().to_owned());
    let fault = site.daemon.strike(method, id, &name);
    let journal = &site.daemon.journal;
    (journal.begun(method, id, &name, request.whole()), fault)
}

/// What a fault does before the work.
fn obey(site: &Site, fault: Option<&What>, caller: &mut Caller) -> Result<(), Failure> {
    match fault {
        Some(What::FailWith(text)) => Err(Failure::Refused(text.clone())),
        Some(What::DelayMs(millis)) if !site.daemon.delay(*millis, caller) => {
            Err(Failure::Interrupted)
        }
        Some(What::Hang) => {
            site.daemon.delay(u64::MAX, caller);
            Err(Failure::Interrupted)
        }
        Some(What::KillBefore) => kill_self(),
        Some(What::KillDuring) => {
            caller.dies_half_way(Victim::Simulator);
            Ok(())
        }
        Some(What::KillCallerBefore) => {
            site.daemon.kill_caller(caller)?;
            Err(Failure::Interrupted)
        }
        Some(What::LoseExit) => {
            caller.set_exit(Exit::Missed);
            Ok(())
        }
        Some(What::MeetExit(code)) => {
            caller.set_exit(Exit::Met(*code));
            Ok(())
        }
        Some(What::LeaveTask) => {
            caller.set_exit(Exit::LeftAsTask);
            Ok(())
        }
        Some(What::KillCallerDuring) => {
            caller.dies_half_way(Victim::Caller);
            Ok(())
        }
        _ => Ok(()),
    }
}

fn finish<Resp>(
    site: &Site,
    call: Call,
    result: Result<Resp, Failure>,
    sink: ClientStreamingSink<Resp>,
) {
    let journal = &site.daemon.journal;
    // An answer to a caller that is gone fails, which is no matter.
    let _ = match result {
        Ok(response) => {
            journal.ended(call, Outcome::Ok);
            block_on(sink.success(response))
        }
        Err(Failure::Refused(text)) => {
            journal.ended(call, Outcome::Error(text.clone()));
            // The server of Go's gRPC recognises its own errors in what a handler returns.
            let code = if text.ends_with("context deadline exceeded") {
                RpcStatusCode::DEADLINE_EXCEEDED
            } else if text.contains("rpc error: code = Unavailable") {
                RpcStatusCode::UNAVAILABLE
            } else {
                RpcStatusCode::UNKNOWN
            };
            block_on(sink.fail(RpcStatus::with_message(code, text)))
        }
        Err(Failure::Interrupted) => {
            journal.ended(call, Outcome::Cancelled);
            drop(sink);
            return;
        }
    };
}
