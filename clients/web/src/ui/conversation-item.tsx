/** One conversation in the list: opened, renamed in place, deleted after a question. */

import { useState } from "react";

import type { ConversationBody } from "../api/schema.gen";
import { conversations } from "../live/conversations";
import { go } from "../live/place";
import { note } from "../live/toasts";
import { ago, exactly } from "../lib/time";
import { Confirm } from "./dialog";
import { Icon } from "./icons";
import { Menu } from "./menu";
import { follow } from "./sidebar";

interface ItemProps {
  readonly conversation: ConversationBody;
  readonly here: boolean;
}

export function ConversationItem({ conversation, here }: ItemProps) {
  const { id, activeRunId, updatedAt } = conversation;
  const title = conversation.title ?? "New conversation";
  const [renaming, setRenaming] = useState(false);
  const [deleting, setDeleting] = useState(false);

  const remove = async () => {
    if (!(await conversations.remove(id))) return;
    note("The conversation is deleted.");
    if (here) go({ name: "home" }, true);
  };

  if (renaming) {
    return (
      <li>
        <Rename
          title={title}
          onDone={(name) => {
            setRenaming(false);
            if (name && name !== title) void conversations.rename(id, name);
          }}
        />
      </li>
    );
  }
  return (
    <li className={here ? "conversation here" : "conversation"}>
      <a href={`/c/${id}`} aria-current={here ? "page" : undefined} onClick={follow({ name: "conversation", id })}>
        <span className="conversation-title">{title}</span>
        {activeRunId ? (
          <span className="pulse" role="img" aria-label="is being answered" />
        ) : (
          <time dateTime={updatedAt} title={exactly(updatedAt)}>
            {ago(updatedAt)}
          </time>
        )}
      </a>
      <Menu
        label={`More for ${title}`}
        className="icon-button small"
        button={<Icon name="more" size={16} />}
        choices={[
          { key: "rename", label: "Rename", icon: <Icon name="pencil" size={16} />, choose: () => setRenaming(true) },
          { key: "delete", label: "Delete", icon: <Icon name="trash" size={16} />, danger: true, choose: () => setDeleting(true) },
        ]}
      />
      {deleting && (
        <Confirm
          title="Delete this conversation?"
          text={`“${title}” and everything in it will be gone for good.`}
          action="Delete"
          onConfirm={() => void remove()}
          onClose={() => setDeleting(false)}
        />
      )}
    </li>
  );
}

function Rename({ title, onDone }: { readonly title: string; readonly onDone: (name: string | undefined) => void }) {
  const [name, setName] = useState(title);
  return (
    <form
      className="rename"
      onSubmit={(event) => {
        event.preventDefault();
        onDone(name.trim());
      }}
    >
      <input
        aria-label="Title"
        value={name}
        maxLength={200}
        autoFocus
        onFocus={(event) => event.target.select()}
        onChange={(event) => setName(event.target.value)}
        onBlur={() => onDone(name.trim())}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.preventDefault();
          event.stopPropagation();
          onDone(undefined);
        }}
      />
    </form>
  );
}
