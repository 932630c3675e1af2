/** The agents and models that can be chosen. They change with the configuration, so they are read once. */

import { api, must } from "../api/client";
import type { AgentBody, ModelBody } from "../api/schema.gen";
import { Emitter } from "./emitter";

export interface Choices {
  readonly agents: readonly AgentBody[];
  readonly models: readonly ModelBody[];
}

export const choices = new Emitter<Choices>({ agents: [], models: [] });

export async function loadChoices(): Promise<void> {
  try {
    const [agents, models] = await Promise.all([must(api.GET("/api/agents")), must(api.GET("/api/models"))]);
    choices.set({ agents: agents.items, models: models.items });
  } catch {
    // Without a list there is nothing to choose; the usual agent and model answer.
  }
}
