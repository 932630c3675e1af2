/** A connection to the gateway that can be cut: a proxy that passes on what it gets until it is told not to. */

import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

export class Wire {
  private readonly open = new Set<Socket>();
  private dead = false;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async to(target: string): Promise<Wire> {
    const { hostname, port } = new URL(target);
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const wire = new Wire(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on("connection", (near) => wire.join(near, connect(Number(port), hostname)));
    return wire;
  }

  /** Cuts every connection and refuses new ones until `mend`. */
  cut(): void {
    this.dead = true;
    for (const socket of this.open) socket.resetAndDestroy();
  }

  mend(): void {
    this.dead = false;
  }

  async close(): Promise<void> {
    for (const socket of this.open) socket.destroy();
    this.server.close();
    await once(this.server, "close");
  }

  private join(near: Socket, far: Socket): void {
    const ends = [near, far];
    for (const end of ends) {
      this.open.add(end);
      end.setNoDelay(true);
      // Either end may go at any time; the other goes with it.
      end.on("error", () => undefined);
      end.on("close", () => {
        this.open.delete(end);
        for (const other of ends) other.destroy();
      });
    }
    if (this.dead) near.resetAndDestroy();
    near.pipe(far);
    far.pipe(near);
  }
}
