// BullMQ on Node.js behind the interface of the jobs benchmark (tests/bench/src/jobs/protocol.rs): one order on standard
// input, answers on standard output, a line of JSON each.

import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { Queue, Worker } from "bullmq";

/** Jobs in one call, which the library sends as a pipeline. */
const BULK = 500;

const answer = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const seconds = (since) => Number(process.hrtime.bigint() - since) / 1e9;
/** Microseconds by a clock that every process of the machine shares. */
const nowMicros = () => Number(process.hrtime.bigint() / 1000n);
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

async function firstLine() {
  for await (const line of createInterface({ input: process.stdin })) return JSON.parse(line);
  throw new Error("standard input holds no order");
}

/** A payload of this many bytes of JSON. */
function payload(n, at, bytes) {
  const bare = JSON.stringify({ n, at, pad: "" }).length;
  return { n, at, pad: "x".repeat(Math.max(0, bytes - bare)) };
}

function connection(order) {
  const url = new URL(order.url);
  return {
    host: url.hostname,
    port: Number(url.port),
    username: url.username || undefined,
    password: url.password || undefined,
    maxRetriesPerRequest: null,
  };
}

/** Finished jobs are removed, as Mosaic removes them. */
const OPTIONS = { removeOnComplete: true };

async function fill(order) {
  const began = process.hrtime.bigint();
  const queue = new Queue(order.queue, { connection: connection(order) });
  for (let next = 0; next < order.count; next += BULK) {
    const jobs = [];
    for (let n = next; n < Math.min(order.count, next + BULK); n += 1) {
      jobs.push({ name: "job", data: payload(n, nowMicros(), order.bytes), opts: OPTIONS });
    }
    await queue.addBulk(jobs);
  }
  answer({ answer: "done", count: order.count, seconds: seconds(began) });
}

async function push(order) {
  const queue = new Queue(order.queue, { connection: connection(order) });
  await queue.waitUntilReady();
  const began = process.hrtime.bigint();
  const pushes = [];
  for (let n = 0; n < order.count; n += 1) {
    const ahead = n / order.rate - seconds(began);
    if (ahead > 0) await sleep(ahead * 1000);
    pushes.push(queue.add("job", payload(n, nowMicros(), order.bytes), OPTIONS));
  }
  await Promise.all(pushes);
  answer({ answer: "done", count: order.count, seconds: seconds(began) });
}

function handler(order, ages) {
  switch (order.role) {
    case "wait":
      return async (job) => {
        ages.push(Math.max(0, nowMicros() - job.data.at));
      };
    case "work":
      return async (job) => {
        await sleep(order.workMs);
        appendFileSync(order.effects, `${job.data.n}\n`);
      };
    default:
      return async () => {};
  }
}

async function work(order) {
  const began = process.hrtime.bigint();
  const ages = [];
  const worker = new Worker(order.queue, handler(order, ages), {
    connection: connection(order),
    concurrency: order.concurrency,
    lockDuration: order.leaseMs,
    stalledInterval: order.leaseMs,
    removeOnComplete: { count: 0 },
  });
  worker.on("error", (error) => console.error(String(error)));
  worker.on("failed", (job, error) => console.error(`job ${job?.id} failed: ${error}`));
  // It tells of a completed job once Valkey has confirmed it.
  let completed = 0;
  const enough = new Promise((done) => {
    worker.on("completed", () => {
      completed += 1;
      if (completed === order.count && order.role !== "work") done();
    });
  });
  await worker.waitUntilReady();
  if (order.role !== "drain") answer({ answer: "ready" });
  await enough;
  if (order.role === "wait") answer({ answer: "latencies", micros: ages });
  else answer({ answer: "done", count: completed, seconds: seconds(began) });
}

const order = await firstLine();
const roles = { fill, push, drain: work, wait: work, work };
await roles[order.role](order);
process.stdout.write("", () => process.exit(0));
