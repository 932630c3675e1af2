/** Everybody with an account on this installation, for those who run it. */

import { useCallback, useState } from "react";

import { api, must } from "../../api/client";
import { upTo } from "../../api/pages";
import type { MeBody, UserBody } from "../../api/schema.gen";
import { ago, exactly } from "../../lib/time";
import { SELDOM_MS, useLive } from "../../live/poll";
import { Icon } from "../icons";
import { Area, Empty } from "../operations/parts";
import { Prose } from "../prose";
import { useSettled } from "../settled";
import { NewUser } from "./new-user";
import { PersonRow, State } from "./parts";
import { UserActions } from "./user-actions";

const PAGE = 50;

export function Users({ me }: { readonly me: MeBody }) {
  const [typed, setTyped] = useState("");
  const search = useSettled(typed.trim());
  const [wanted, setWanted] = useState(PAGE);
  const [making, setMaking] = useState(false);
  const load = useCallback(
    () =>
      upTo(wanted, (limit, cursor) => {
        const query = { limit, ...(search ? { search } : {}), ...(cursor ? { cursor } : {}) };
        return must(api.GET("/api/users", { params: { query } }));
      }),
    [search, wanted],
  );
  const live = useLive(load, SELDOM_MS);
  const done = () => void live.refresh();
  return (
    <section aria-label="All users" className="panel">
      <div className="panel-head">
        <div className="search-field grow">
          <Icon name="search" />
          <input
            type="search"
            aria-label="Search users"
            placeholder="Search by name or email"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        </div>
        <button type="button" className="button primary" onClick={() => setMaking(true)}>
          <Icon name="plus" size={14} />
          New user
        </button>
      </div>
      <Area
        live={live}
        isEmpty={({ items }) => items.length === 0}
        empty={<Empty icon="people" title={search ? "Nobody is called so" : "Nobody is here"} text={search ? "Try a part of the name or of the email address." : undefined} />}
      >
        {({ items, more }) => (
          <>
            <ul className="rows" aria-label="Users">
              {items.map((user) => (
                <User key={user.id} me={me} user={user} onDone={done} />
              ))}
            </ul>
            {more && (
              <button type="button" className="ghost more" onClick={() => setWanted(wanted + PAGE)}>
                Show more
              </button>
            )}
          </>
        )}
      </Area>
      {making && <NewUser me={me} onMade={done} onClose={() => setMaking(false)} />}
    </section>
  );
}

interface UserProps {
  readonly me: MeBody;
  readonly user: UserBody;
  readonly onDone: () => void;
}

function User({ me, user, onDone }: UserProps) {
  const { name, email, state, stateReason, workspaces, lastSeenAt, createdAt } = user;
  return (
    <PersonRow
      name={name}
      you={user.id === me.userId}
      tags={<State state={state} />}
      meta={
        <>
          {email && <span>{email}</span>}
          <span>{workspaces.length > 0 ? workspaces.map((one) => `${one.name} (${one.role})`).join(", ") : "in no workspace"}</span>
          {lastSeenAt ? (
            <time dateTime={lastSeenAt} title={exactly(lastSeenAt)}>
              seen {ago(lastSeenAt)}
            </time>
          ) : (
            <span>never seen</span>
          )}
          <time dateTime={createdAt} title={exactly(createdAt)}>
            since {new Date(createdAt).toLocaleDateString()}
          </time>
          {stateReason && (
            <span className="row-why">
              <Prose text={stateReason} />
            </span>
          )}
        </>
      }
    >
      <UserActions me={me} user={user} onDone={onDone} />
    </PersonRow>
  );
}
