const types: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  webp: "image/webp",
  gif: "image/gif",
  ico: "image/x-icon",
  txt: "text/plain; charset=utf-8",
  woff2: "font/woff2",
};

/** The content type of a file under /assets/, by the end of its name; null for kinds that are not served. */
export function assetType(path: string): string | null {
  return types[path.slice(path.lastIndexOf(".") + 1).toLowerCase()] ?? null;
}

/** True for a relative path without dots and other ways out of its folder (SEC-08). */
export function isAssetPath(path: string): boolean {
  return /^[\w][\w.-]*(?:\/[\w][\w.-]*)*$/.test(path);
}
