/** Where templates come from; paths are relative to the templates folder, with forward slashes. */
export interface TemplateSource {
  read(path: string): string | undefined;
  /** The file that ships with Tidings where a site's own takes its place; undefined anywhere else. */
  beneath?(path: string): string | undefined;
}

/** A template that is missing or broken; the message names file, line, fault and remedy. */
export class TemplateError extends Error {
  readonly path: string;
  readonly line: number;
  constructor(path: string, line: number, fault: string, remedy: string) {
    super(`templates/${path}${line > 0 ? `:${line}` : ""}: ${fault}. ${remedy}`);
    this.name = "TemplateError";
    this.path = path;
    this.line = line;
  }
}
