// The package describes its main entry alone; this one is the same without files and network, so it runs in workerd.
declare module "juice/client" {
  interface JuiceOptions {
    readonly applyHeightAttributes?: boolean;
    readonly applyWidthAttributes?: boolean;
    readonly resolveCSSVariables?: boolean;
  }
  const juice: {
    (html: string, options?: JuiceOptions): string;
    readonly codeBlocks: Record<string, { readonly start: string; readonly end: string }>;
  };

  // biome-ignore lint/style/noDefaultExport: it is what the package exports
  export { juice as default };
}
