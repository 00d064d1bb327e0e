/** What the plugin brings into tests in workerd; the part that they use. */
declare module "cloudflare:test" {
  export interface D1Migration {
    readonly name: string;
    readonly queries: readonly string[];
  }
  export function applyD1Migrations(database: unknown, migrations: readonly D1Migration[]): Promise<void>;
  export function createExecutionContext(): unknown;
  export function createScheduledController(): unknown;
  export function createMessageBatch(
    queue: string,
    messages: readonly { id: string; timestamp: Date; attempts: number; body: unknown }[],
  ): import("../../src/worker/bindings.ts").Messages;
  export function getQueueResult(
    batch: unknown,
    context: unknown,
  ): Promise<{ outcome: string; ackAll: boolean; retryBatch: { retry: boolean; delaySeconds?: number } }>;
}

declare module "cloudflare:workers" {
  export const env: unknown;
  /** The Worker itself. */
  export const exports: { default: { fetch(url: string, init?: RequestInit): Promise<Response> } };
}

interface ImportMeta {
  /** Vite's: the modules whose paths fit. */
  glob(
    pattern: string | readonly string[],
    options?: { query: string; import: string },
  ): Record<string, () => Promise<unknown>>;
}
