/** Chat networks from which Mosaic can be reached, and the person's accounts there. */

import { useCallback, useEffect, useState } from "react";

import { api, must, shown, type ApiError } from "../api/client";
import type { ChannelBody, LinkBody, LinkCodeBody } from "../api/schema.gen";
import { note, toast } from "../live/toasts";
import { ago, exactly } from "../lib/time";
import { Confirm } from "./dialog";
import { Icon } from "./icons";
import { ProblemText, Prose } from "./prose";
import { TopBar } from "./top-bar";

/** A code that was used shows as an account a moment later. */
const EVERY_MS = 4_000;

export function Channels() {
  const [channels, setChannels] = useState<readonly ChannelBody[]>();
  const [problem, setProblem] = useState<ApiError>();
  const load = useCallback(async () => {
    try {
      setChannels((await must(api.GET("/api/channels"))).items);
      setProblem(undefined);
    } catch (error) {
      setProblem(shown(error));
    }
  }, []);
  useEffect(() => {
    document.title = "Channels · Mosaic";
    const look = () => {
      if (document.visibilityState === "visible") void load();
    };
    const first = setTimeout(look, 0);
    const timer = setInterval(look, EVERY_MS);
    return () => {
      clearTimeout(first);
      clearInterval(timer);
    };
  }, [load]);

  return (
    <>
      <TopBar title="Channels" />
      <div className="page">
        <div className="page-inner">
          <p className="lead">
            Talk to your agents from a chat network. Only accounts that you link are answered, and what is said there goes on here.
          </p>
          {problem && !channels && (
            <div className="inline-problem" role="alert">
              <Icon name="alert" size={16} />
              <ProblemText detail={problem.detail} remedy={problem.remedy} />
            </div>
          )}
          {!channels && !problem && (
            <div className="skeleton" aria-hidden="true">
              <i />
              <i />
            </div>
          )}
          {channels?.map((channel) => (
            <Channel key={channel.name} channel={channel} onChange={() => void load()} />
          ))}
          {channels?.length === 0 && (
            <div className="empty small">
              <Icon name="channels" size={28} />
              <h2>No channels</h2>
            </div>
          )}
        </div>
      </div>
    </>
  );
}

const HEALTH: Readonly<Record<ChannelBody["health"], string>> = {
  connected: "Connected",
  degraded: "Has trouble",
  disconnected: "Not connected",
  off: "Not set up",
};

interface ChannelProps {
  readonly channel: ChannelBody;
  readonly onChange: () => void;
}

function Channel({ channel, onChange }: ChannelProps) {
  const { name, health, detail, username, links } = channel;
  const [code, setCode] = useState<LinkCodeBody>();
  const [before, setBefore] = useState(0);
  const used = code !== undefined && links.length > before;
  useEffect(() => {
    if (used) note("The account is linked.");
  }, [used]);

  const link = async () => {
    try {
      setBefore(links.length);
      setCode(await must(api.POST("/api/channels/{channel}/links", { params: { path: { channel: name } } })));
    } catch (error) {
      toast(error);
    }
  };

  return (
    <section className="card" aria-label={name}>
      <header>
        <h2>{name.charAt(0).toUpperCase() + name.slice(1)}</h2>
        <span className={`health ${health}`}>{HEALTH[health]}</span>
      </header>
      {username && <p className="muted">The bot is called @{username}.</p>}
      {detail && (
        <p className="muted">
          <Prose text={detail} />
        </p>
      )}
      <ul className="accounts" aria-label="Linked accounts">
        {links.map((one) => (
          <Account key={one.id} channel={name} link={one} onChange={onChange} />
        ))}
      </ul>
      {code && !used && <Code code={code} />}
      {health !== "off" && (!code || used) && (
        <button type="button" className="button" onClick={() => void link()}>
          <Icon name="link" size={16} />
          {links.length > 0 ? "Link another account" : "Link an account"}
        </button>
      )}
    </section>
  );
}

function Code({ code }: { readonly code: LinkCodeBody }) {
  return (
    <div className="code-card">
      <p>Send this to the bot from the account that is to be linked:</p>
      <p className="code-text">{code.command}</p>
      {code.url && (
        <p>
          <a href={code.url} target="_blank" rel="noopener noreferrer">
            Open the bot with the code
          </a>
        </p>
      )}
      <p className="muted">It works once, until {exactly(code.expiresAt)}. Show it to nobody.</p>
    </div>
  );
}

interface AccountProps {
  readonly channel: string;
  readonly link: LinkBody;
  readonly onChange: () => void;
}

function Account({ channel, link, onChange }: AccountProps) {
  const [asking, setAsking] = useState(false);
  const unlink = async () => {
    try {
      await must(api.DELETE("/api/channels/{channel}/links/{id}", { params: { path: { channel, id: link.id } } }));
      note("The account is no longer linked.");
      onChange();
    } catch (error) {
      toast(error);
    }
  };
  return (
    <li>
      <span className="avatar" aria-hidden="true">
        {(link.displayName.trim()[0] ?? "?").toUpperCase()}
      </span>
      <span className="account-name">
        {link.displayName}
        <small title={exactly(link.createdAt)}>linked {ago(link.createdAt)}</small>
      </span>
      <button type="button" className="icon-button small" aria-label={`Unlink ${link.displayName}`} title="Unlink" onClick={() => setAsking(true)}>
        <Icon name="trash" size={16} />
      </button>
      {asking && (
        <Confirm
          title="Unlink this account?"
          text={`${link.displayName} will not be answered any more. What was said stays in its conversations.`}
          action="Unlink"
          onConfirm={() => void unlink()}
          onClose={() => setAsking(false)}
        />
      )}
    </li>
  );
}
