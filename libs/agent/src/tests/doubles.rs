//! What the loop's tests put in place of the world.

mod journal;

mod reminding;

use std::collections::VecDeque;
use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures::StreamExt as _;
use mosaic_domain::{
    ConversationId, InstanceId, Message, MessageId, NumberedStep, Role, RunId, Scope, StepRecord,
    ToolState, UserId, WorkspaceId,
};
use mosaic_llm::{
    AssistantBlock, CompletionEvent, CompletionRequest, CompletionStream, FinishReason, LlmError,
    LlmErrorKind, ModelInfo, Provider, ProviderHealth, ProviderKind, ToolCall, Usage,
};
use mosaic_tools::{Tool, ToolContext, ToolError, ToolSpec, Toolbox};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::transcript::ModelOutput;
use crate::{Agent, Clock, Oblivion, Recall, Settings, Stopper, Turn};
use reminding::Reminding;

pub(super) use journal::MemoryJournal;

/// One scripted completion: its events, and whether it then hangs.
pub(super) struct Completion {
    events: Vec<Result<CompletionEvent, LlmError>>,
    hangs: bool,
}

fn done(finish: FinishReason) -> CompletionEvent {
    let usage = Usage {
        input: 3,
        output: 2,
        cache_read: 0,
        cache_write: 0,
    };
    CompletionEvent::Done { finish, usage }
}

fn texts(chunks: &[&str]) -> Vec<Result<CompletionEvent, LlmError>> {
    chunks
        .iter()
        .map(|text| {
            Ok(CompletionEvent::TextDelta {
                text: (*text).to_owned(),
            })
        })
        .collect()
}

/// An answer in chunks.
pub(super) fn says(chunks: &[&str]) -> Completion {
    let mut events = texts(chunks);
    events.push(Ok(done(FinishReason::Stop)));
    Completion {
        events,
        hangs: false,
    }
}

/// Tool calls `(id, tool)`.
pub(super) fn answer(calls: &[(&str, &str)]) -> Completion {
    let mut events: Vec<_> = calls
        .iter()
        .map(|(id, name)| {
            let call = ToolCall {
                id: (*id).into(),
                name: (*name).into(),
                arguments: json!({}),
            };
            Ok(CompletionEvent::ToolCall(call))
        })
        .collect();
    events.push(Ok(done(FinishReason::ToolCalls)));
    Completion {
        events,
        hangs: false,
    }
}

/// One tool call.
pub(super) fn ask_tool(id: &str, name: &str) -> Completion {
    answer(&[(id, name)])
}

/// Some text, then an error.
pub(super) fn failing(chunks: &[&str], kind: LlmErrorKind) -> Completion {
    let mut events = texts(chunks);
    events.push(Err(LlmError::new(kind, "scripted", "it failed")));
    Completion {
        events,
        hangs: false,
    }
}

/// Some text, then nothing for ever.
pub(super) fn hanging(chunks: &[&str]) -> Completion {
    Completion {
        events: texts(chunks),
        hangs: true,
    }
}

#[derive(Default)]
struct World {
    script: Mutex<VecDeque<Completion>>,
    requests: Mutex<Vec<String>>,
    systems: Mutex<Vec<String>>,
    model_calls: AtomicUsize,
    tool_calls: AtomicUsize,
    recorded: Mutex<Vec<NumberedStep>>,
    seen_by_tool: Mutex<Option<ToolState>>,
    /// Done once, when the model is asked.
    meanwhile: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

#[derive(Clone)]
struct Scripted(Arc<World>);

impl std::fmt::Debug for Scripted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scripted")
    }
}

#[async_trait]
impl Provider for Scripted {
    fn name(&self) -> &'static str {
        "scripted"
    }

    fn kind(&self) -> ProviderKind {
        ProviderKind::Openai
    }

    async fn complete(&self, request: CompletionRequest) -> Result<CompletionStream, LlmError> {
        self.0.model_calls.fetch_add(1, Ordering::SeqCst);
        if let Some(meanwhile) = self.0.meanwhile.lock().unwrap().take() {
            meanwhile();
        }
        self.0.systems.lock().unwrap().push(request.system.clone());
        self.0
            .requests
            .lock()
            .unwrap()
            .push(serde_json::to_string(&request.messages).unwrap());
        let next = self
            .0
            .script
            .lock()
            .unwrap()
            .pop_front()
            .expect("the script goes on");
        let events = futures::stream::iter(next.events);
        let tail = if next.hangs {
            futures::stream::pending().boxed()
        } else {
            futures::stream::empty().boxed()
        };
        Ok(events.chain(tail).boxed())
    }

    async fn list_models(&self) -> Result<Vec<ModelInfo>, LlmError> {
        Ok(Vec::new())
    }

    async fn check(&self) -> Result<ProviderHealth, LlmError> {
        Err(LlmError::new(
            LlmErrorKind::BadRequest,
            "scripted",
            "not asked in these tests",
        ))
    }
}

#[derive(Clone)]
struct Probe {
    world: Arc<World>,
    idempotent: bool,
}

impl std::fmt::Debug for Probe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Probe")
    }
}

#[async_trait]
impl Tool for Probe {
    fn spec(&self) -> ToolSpec {
        ToolSpec {
            name: "probe",
            description: "counts its calls",
            parameters: json!({"type": "object"}),
            idempotent: self.idempotent,
        }
    }

    async fn call(&self, _arguments: Value, _context: ToolContext) -> Result<String, ToolError> {
        self.world.tool_calls.fetch_add(1, Ordering::SeqCst);
        let recorded = self.world.recorded.lock().unwrap();
        let state = recorded.iter().rev().find_map(|step| match step.record {
            StepRecord::Tool { state, .. } => Some(state),
            StepRecord::Model { .. } => None,
        });
        *self.world.seen_by_tool.lock().unwrap() = state;
        Ok("probed".into())
    }
}

struct StillClock;

#[async_trait]
impl Clock for StillClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    async fn sleep(&self, duration: Duration) {
        // A tool's time limit never passes here; a wait between attempts is over at once.
        if duration > Duration::from_secs(5) {
            std::future::pending::<()>().await;
        }
    }
}

/// A run to be played.
pub(super) struct Scene {
    world: Arc<World>,
    idempotent: bool,
    late: Option<Message>,
    withdrawn: bool,
    retry_delay: Duration,
    recall: Arc<dyn Recall>,
    summary: Option<String>,
}

impl Scene {
    pub(super) fn new(script: Vec<Completion>) -> Self {
        let world = World {
            script: Mutex::new(script.into()),
            ..World::default()
        };
        Self {
            world: Arc::new(world),
            idempotent: false,
            late: None,
            withdrawn: false,
            retry_delay: Duration::from_secs(1),
            recall: Arc::new(Oblivion),
            summary: None,
        }
    }

    pub(super) fn after(mut self, summary: &str) -> Self {
        self.summary = Some(summary.into());
        self
    }

    pub(super) fn reminding_of(mut self, text: &str) -> Self {
        self.recall = Arc::new(Reminding::of(text));
        self
    }

    /// The system prompt of each model call.
    pub(super) fn systems(&self) -> Vec<String> {
        self.world.systems.lock().unwrap().clone()
    }

    pub(super) fn with_idempotent_tool(mut self) -> Self {
        self.idempotent = true;
        self
    }

    pub(super) fn with_late_message(mut self, content: &str) -> Self {
        self.late = Some(message(2, content));
        self
    }

    /// Whoever wanted it to halt has thought better of it.
    pub(super) fn with_withdrawn_pause(mut self) -> Self {
        self.withdrawn = true;
        self
    }

    /// No second attempt at a model call comes in the time of a test.
    pub(super) fn waiting_for_ever(mut self) -> Self {
        self.retry_delay = Duration::from_mins(1);
        self
    }

    pub(super) async fn run(&self) -> MemoryJournal {
        self.resume(Vec::new()).await
    }

    pub(super) async fn resume(&self, steps: Vec<NumberedStep>) -> MemoryJournal {
        self.play(steps, &Stopper::new(), std::future::pending())
            .await
    }

    pub(super) async fn run_until(
        &self,
        stopper: &Stopper,
        then: impl Future<Output = ()>,
    ) -> MemoryJournal {
        self.play(Vec::new(), stopper, then).await
    }

    /// Runs, and does this while the model is asked for the first time.
    pub(super) async fn run_while_the_model_speaks(
        &self,
        stopper: &Stopper,
        then: impl FnOnce() + Send + 'static,
    ) -> MemoryJournal {
        *self.world.meanwhile.lock().unwrap() = Some(Box::new(then));
        self.run_until(stopper, std::future::pending()).await
    }

    async fn play(
        &self,
        steps: Vec<NumberedStep>,
        stopper: &Stopper,
        meanwhile: impl Future<Output = ()>,
    ) -> MemoryJournal {
        let mut toolbox = Toolbox::default();
        toolbox.add(Arc::new(Probe {
            world: self.world.clone(),
            idempotent: self.idempotent,
        }));
        let agent = Agent {
            provider: Arc::new(Scripted(self.world.clone())),
            model: "model".into(),
            context_window: 100_000,
            toolbox: Arc::new(toolbox),
            settings: Arc::new(Settings {
                system_prompt: "Be brief.".into(),
                max_model_steps: 5,
                model_attempts: 3,
                retry_delay: self.retry_delay,
                max_retry_delay: self.retry_delay * 4,
                tool_timeout: Duration::from_mins(1),
            }),
            recall: self.recall.clone(),
            clock: Arc::new(StillClock),
        };
        let mut journal = MemoryJournal {
            world: self.world.clone(),
            events: Vec::new(),
            records: Vec::new(),
            end: None,
            answer: None,
            paused: None,
            late: self.late.clone(),
            withdrawn: self.withdrawn,
        };
        let turn = Turn {
            run_id: RunId::new(Uuid::from_u128(1)),
            worker_id: InstanceId::new(Uuid::from_u128(2)),
            epoch: 1,
            scope: Scope {
                workspace_id: WorkspaceId::new(Uuid::from_u128(3)),
                user_id: UserId::new(Uuid::from_u128(4)),
            },
            summary: self.summary.clone(),
            history: Vec::new(),
            messages: vec![message(1, "go")],
            steps,
        };
        let signal = stopper.signal();
        {
            let run = std::pin::pin!(crate::run(&agent, turn, &mut journal, &signal));
            let meanwhile = std::pin::pin!(meanwhile);
            match futures::future::select(run, meanwhile).await {
                futures::future::Either::Left((result, _)) => result.unwrap(),
                futures::future::Either::Right(((), run)) => run.await.unwrap(),
            }
        }
        journal
    }

    pub(super) fn model_calls(&self) -> usize {
        self.world.model_calls.load(Ordering::SeqCst)
    }

    pub(super) fn tool_calls(&self) -> usize {
        self.world.tool_calls.load(Ordering::SeqCst)
    }

    pub(super) fn tool_saw_recorded_state(&self) -> Option<ToolState> {
        *self.world.seen_by_tool.lock().unwrap()
    }

    pub(super) fn last_request(&self) -> String {
        self.world
            .requests
            .lock()
            .unwrap()
            .last()
            .cloned()
            .unwrap_or_default()
    }

    #[expect(clippy::unused_self, reason = "reads as part of the scene")]
    pub(super) fn model_step(&self, step: u32, calls: &[(&str, &str)]) -> NumberedStep {
        let blocks = calls
            .iter()
            .map(|(id, name)| {
                AssistantBlock::ToolCall(ToolCall {
                    id: (*id).into(),
                    name: (*name).into(),
                    arguments: json!({}),
                })
            })
            .collect();
        let output = ModelOutput {
            blocks,
            finish: FinishReason::ToolCalls,
            usage: Usage::default(),
        };
        let record = StepRecord::Model {
            model: "scripted/model".into(),
            context_seq: 1,
            output: json!(output),
            duration_ms: 1,
        };
        NumberedStep { step, record }
    }

    #[expect(clippy::unused_self, reason = "reads as part of the scene")]
    pub(super) fn tool_step(&self, step: u32, call_id: &str, state: ToolState) -> NumberedStep {
        let record = StepRecord::Tool {
            name: "probe".into(),
            call_id: call_id.into(),
            arguments: json!({}),
            state,
            output: None,
            duration_ms: None,
        };
        NumberedStep { step, record }
    }
}

fn message(seq: i64, content: &str) -> Message {
    Message {
        id: MessageId::new(Uuid::from_u128(u128::from(seq.unsigned_abs()))),
        conversation_id: ConversationId::new(Uuid::from_u128(9)),
        seq,
        role: Role::User,
        content: content.into(),
        run_id: Some(RunId::new(Uuid::from_u128(1))),
        created_at: DateTime::UNIX_EPOCH,
    }
}
