//! Commands to queues on the wire.

use mosaic_bus::Rebuilt;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::super::check::{Check, REASON_CHARS};
use crate::error::ApiResult;

/// Dead letters that one command puts back at the most.
const RETRIED_MOST: u32 = 1_000;
/// Dead letters that one command puts back unless it says otherwise.
const RETRIED_USUAL: u32 = 100;

/// Why something is done to a queue.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct QueueReasonBody {
    /// Shown to other operators, and written down.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

impl QueueReasonBody {
    /// Checks it.
    pub(crate) fn into_reason(self) -> ApiResult<String> {
        let mut check = Check::default();
        check.text("reason", &self.reason, REASON_CHARS);
        check.done()?;
        Ok(self.reason)
    }
}

/// How a dead letter is put back.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct RetryBody {
    /// What is to be done instead: JSON as the queue's contract has it, at most 64 KiB. As it was unless said.
    #[schema(value_type = Option<Object>)]
    pub data: Option<Value>,
    /// Why; written down.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: Option<String>,
}

impl RetryBody {
    /// Checks it.
    pub(crate) fn into_parts(self) -> ApiResult<(Option<Value>, Option<String>)> {
        let mut check = Check::default();
        check.optional("reason", self.reason.as_deref(), REASON_CHARS);
        check.done()?;
        Ok((self.data, self.reason))
    }
}

/// Which dead letters are put back.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct RetryAllBody {
    /// How many at the most, 1 to 1000; 100 unless said: the newest, in the order in which they died.
    #[schema(minimum = 1, maximum = 1000)]
    #[serde(default, deserialize_with = "crate::wire::whole::optional")]
    pub limit: Option<u32>,
    /// Why; written down.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: Option<String>,
}

impl RetryAllBody {
    /// Checks it.
    pub(crate) fn into_parts(self) -> ApiResult<(usize, Option<String>)> {
        let mut check = Check::default();
        let limit = self.limit.unwrap_or(RETRIED_USUAL);
        if !(1..=RETRIED_MOST).contains(&limit) {
            check.fault(
                "limit",
                format!("is {limit}, it goes from 1 to {RETRIED_MOST}"),
            );
        }
        check.optional("reason", self.reason.as_deref(), REASON_CHARS);
        check.done()?;
        Ok((usize::try_from(limit).unwrap_or_default(), self.reason))
    }
}

/// Why a dead letter is thrown away.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct DiscardQuery {
    /// Why; written down.
    #[param(min_length = 1, max_length = 500)]
    pub reason: Option<String>,
}

impl DiscardQuery {
    /// Checks it.
    pub(crate) fn into_reason(self) -> ApiResult<Option<String>> {
        let mut check = Check::default();
        check.optional("reason", self.reason.as_deref(), REASON_CHARS);
        check.done()?;
        Ok(self.reason)
    }
}

/// How many dead letters were put back.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RetriedBody {
    /// Those of the caller's workspace that could be read.
    pub retried: usize,
    /// The newest 20,000 dead letters, of whomever, were looked through, and there are older ones. Absent otherwise, also where
    /// as many were put back as were asked for.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
}

/// How many jobs were moved to the dead letters.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DrainedBody {
    /// All that waited.
    pub drained: u64,
}

/// What a rebuild did to a queue.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RebuiltBody {
    /// The queue.
    pub name: String,
    /// Entries that nobody had taken, removed.
    pub removed: u64,
    /// Jobs of record, put on the queue.
    pub pushed: u64,
    /// Jobs of record that are in work or dead, and were left there.
    pub left: u64,
}

impl RebuiltBody {
    /// What was done to the queue `name`.
    pub(crate) fn new(name: String, rebuilt: Rebuilt) -> Self {
        let Rebuilt {
            removed,
            pushed,
            left,
        } = rebuilt;
        Self {
            name,
            removed,
            pushed,
            left,
        }
    }
}

/// What a rebuild did to all queues.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RebuiltList {
    /// By name.
    pub items: Vec<RebuiltBody>,
}
