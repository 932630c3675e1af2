//! The gateway as a service: what it needs, its ports, its life.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use mosaic_bus::{Bus, QueueOperator, Relay, report_queues};
use mosaic_config::Config;
use mosaic_domain::InstanceId;
use mosaic_identity::Authenticator;
use mosaic_runtime::describe::Counters;
use mosaic_runtime::registration::stay_registered;
use mosaic_runtime::{Addresses, Admin, Failure, Grpc, Lifecycle, StartError, bind, clock};
use mosaic_service::{
    Credentials, Guard, Peers, StorageRegister, connect_bus, connect_storage, describe,
    registration, watch_bus, watch_storage,
};
use mosaic_storage::Storage;
use mosaic_telemetry::metrics::meter;
use mosaic_watch::{Hub, HubParts};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::choices::Choices;
use crate::control::Control;
use crate::guesses::Guesses;
use crate::http::router;
use crate::listen;
use crate::lookup::StoredCredentials;
use crate::metrics::Metrics;
use crate::oidc::{Oidc, Renewer};
use crate::password_line::PasswordLine;
use crate::places::Places;
use crate::providers::Providers;
use crate::queues::Redrives;
use crate::rates::Rates;
use crate::sign_in_limit::SignInLimit;
use crate::state::{Gateway, Limits, Parts, STRANGERS};
use crate::stream_limit::StreamLimit;
use crate::watchdog::{Watchdog, WatchdogMetrics};

/// A gateway that is connected and has its ports, and serves nobody yet.
pub struct App {
    config: Arc<Config>,
    life: Lifecycle,
    storage: Storage,
    bus: Bus,
    listener: TcpListener,
    public: SocketAddr,
    grpc: Grpc,
    admin: Admin,
    oidc: Arc<Oidc>,
}

impl mosaic_runtime::App for App {
    const NAME: &'static str = "gateway";

    async fn build(config: Arc<Config>, life: Lifecycle) -> Result<Self, StartError> {
        let oidc = Oidc::new(&config.auth, &config.secrets)?;
        let storage = connect_storage(&config.postgres, Self::NAME).await?;
        let bus = connect_bus(&config.valkey).await?;
        let settings = &config.gateway;
        let listener = bind("gateway.listen", settings.listen).await?;
        let public = listener.local_addr().unwrap_or(settings.listen);
        let grpc = Grpc::bind("gateway.grpc_listen", settings.grpc_listen).await?;
        let admin = Admin::bind("gateway.admin_listen", settings.admin_listen).await?;
        Ok(Self {
            config,
            life,
            storage,
            bus,
            listener,
            public,
            grpc,
            admin,
            oidc,
        })
    }

    fn addresses(&self) -> Addresses {
        Addresses {
            admin: self.admin.address(),
            grpc: self.grpc.address(),
            public: Some(self.public),
        }
    }

    async fn run(self) -> Result<(), Failure> {
        let (life, storage) = (self.life.clone(), self.storage.clone());
        if let Err(error) = self.start() {
            life.abort();
            life.finish().await?;
            return Err(Failure {
                task: "start",
                reason: error.to_string(),
            });
        }
        let ended = life.finish().await;
        storage.close().await;
        ended
    }
}

impl App {
    /// Starts everything that lives as long as the service.
    fn start(self) -> Result<(), StartError> {
        let addresses = mosaic_runtime::App::addresses(&self);
        let Self {
            config,
            life,
            storage,
            bus,
            listener,
            public: _,
            grpc,
            admin,
            oidc,
        } = self;
        let id = clock::id();
        // The last requests still want to be published and watched: this outlives the server.
        let served = life.hard().child_token();
        let gateway = assemble(
            &config,
            &life,
            &storage,
            &bus,
            &served,
            id,
            Arc::clone(&oidc),
        );
        let rates = gateway.rates.clone();
        life.spawn(rates.write_down(storage.clone(), served.clone()));
        let watchdog = Watchdog {
            storage: storage.clone(),
            bus,
            relay: gateway.relay.clone(),
            config: config.watchdog.clone(),
            metrics: WatchdogMetrics::new(&meter("gateway")),
            id,
        };
        life.spawn(watchdog.run(life.soft().clone()));
        let renewer = Renewer {
            storage: storage.clone(),
            oidc,
        };
        life.spawn(renewer.run(life.soft().clone()));
        watch_storage(&life, storage.clone());
        life.spawn(housekeeping(storage.clone(), served.clone()));
        let entry = registration(&life, id, addresses, None);
        stay_registered(&life, StorageRegister(storage), entry);
        admin.serve(&life);
        let description = describe(&life, id, Counters::default());
        let guard = Guard::new(life.service(), &config.internal);
        grpc.serve(&life, guard, |routes| {
            routes.add_service(description);
        })?;
        serve(&life, listener, gateway, served);
        Ok(())
    }
}

/// Removes sessions, tokens and links that have ended: who never comes back leaves theirs behind.
async fn housekeeping(storage: Storage, stop: CancellationToken) {
    const EVERY: Duration = Duration::from_mins(10);
    loop {
        if let Err(error) = sweep(&storage).await {
            tracing::debug!(%error, "what has ended cannot be removed now");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

async fn sweep(storage: &Storage) -> Result<(), mosaic_storage::Error> {
    storage.sweep_sessions().await?;
    storage.sweep_tokens().await?;
    storage.sweep_password_links().await?;
    storage.sweep_oidc_logins().await?;
    storage.sweep_login_requests().await?;
    Ok(())
}

fn assemble(
    config: &Config,
    life: &Lifecycle,
    storage: &Storage,
    bus: &Bus,
    served: &CancellationToken,
    id: InstanceId,
    oidc: Arc<Oidc>,
) -> Gateway {
    let metrics = Metrics::new(&meter("gateway"));
    let doorbells = bus.doorbells(life.tracker(), served.clone());
    let outbox = Arc::new(storage.clone());
    let relay = Relay::start(bus.clone(), outbox, life.tracker(), served.clone());
    watch_bus(life, "outbox relay", relay.health());
    report_queues(bus, life.tracker(), served.clone());
    watch_bus(life, "valkey", doorbells.health());
    let hub = Hub::new(HubParts {
        storage: storage.clone(),
        bus: bus.clone(),
        doorbells,
        poll: config.gateway.stream_poll(),
        tracker: life.tracker().clone(),
        shutdown: served.clone(),
        feeds: metrics.feeds.clone(),
    });
    let providers = Providers::new(&config.providers);
    let limits = bus.rate_limits(life.tracker(), served.clone());
    let credentials = Credentials::new(life.service(), id, &config.internal);
    let peers = Peers::new(storage.clone(), credentials);
    Gateway::new(Parts {
        storage: storage.clone(),
        bus: bus.clone(),
        relay,
        queues: QueueOperator::new(bus.clone(), Arc::new(storage.clone())),
        redrives: Redrives::default(),
        hub,
        authenticator: Arc::new(Authenticator::new(Arc::new(StoredCredentials::new(
            storage.clone(),
            config.auth.session_idle(),
            Arc::clone(&oidc),
        )))),
        auth: config.auth.clone(),
        oidc,
        asks: SignInLimit::new(limits.clone(), "ask"),
        guesses: Guesses::new(limits.clone()),
        passwords: PasswordLine::new(),
        limits: Limits::from(&config.gateway),
        streams: StreamLimit::new(config.gateway.max_streams_per_user),
        rates: Rates::new(limits.clone(), &config.limits, metrics.clone()),
        strangers: Places::new(STRANGERS.0, STRANGERS.1),
        sign_ins: SignInLimit::new(limits, "sign-in"),
        choices: Choices::new(config.all_agents(), providers.clone()),
        control: Control::new(peers.clone()),
        peers,
        providers,
        metrics,
        life: life.clone(),
    })
}

/// Serves until the stop, lets requests in hand finish, and then ends what served them.
fn serve(life: &Lifecycle, listener: TcpListener, gateway: Gateway, served: CancellationToken) {
    let (soft, hard) = (life.soft().clone(), life.hard().clone());
    life.supervise("HTTP server", async move {
        listen::serve(listener, router(gateway), soft, hard).await;
        served.cancel();
        Ok::<_, std::convert::Infallible>(())
    });
}
