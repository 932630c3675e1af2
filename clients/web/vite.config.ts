import { gzipSync } from "node:zlib";

import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** Lays a compressed copy beside every file that gets smaller by it; the gateway sends it to browsers that take it. */
function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    enforce: "post",
    generateBundle(_, bundle) {
      for (const [name, file] of Object.entries(bundle)) {
        const source = file.type === "chunk" ? file.code : file.source;
        const small = gzipSync(source, { level: 9 });
        if (small.length < source.length * 0.9) {
          this.emitFile({ type: "asset", fileName: `${name}.gz`, source: small });
        }
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), compressed()],
  build: { target: "es2023", cssTarget: ["chrome123", "firefox121", "safari17.5"], assetsInlineLimit: 0, modulePreload: { polyfill: false }, chunkSizeWarningLimit: 800 },
  server: { proxy: { "/api": "http://127.0.0.1:14242" } },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
} as Parameters<typeof defineConfig>[0]);
