/** wrangler.toml has these files bundled as text. */
declare module "*.liquid" {
  const text: string;
  // biome-ignore lint/style/noDefaultExport: what the bundler makes of a text
  export default text;
}

declare module "*.yaml" {
  const text: string;
  // biome-ignore lint/style/noDefaultExport: what the bundler makes of a text
  export default text;
}

declare module "*.txt" {
  const text: string;
  // biome-ignore lint/style/noDefaultExport: what the bundler makes of a text
  export default text;
}

/** What Cloudflare's runtime brings; the part that Tidings uses. */
declare module "cloudflare:workers" {
  /** Lets the invocation go on behind its answer until the promise has settled. */
  export function waitUntil(promise: Promise<unknown>): void;
}
