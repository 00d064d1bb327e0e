import { cut, oneLine, width } from "./printable.ts";

/** A column of a table: its heading, and the side that its cells stand on. */
export interface Column {
  readonly title: string;
  readonly align?: "right";
}

/** Rows under headings; `columns` cuts the last column where a terminal ends, Infinity cuts nothing. */
export function table(heads: readonly Column[], rows: readonly (readonly string[])[], columns: number): string {
  const cells = [heads.map((head) => head.title.toUpperCase()), ...rows.map((row) => row.map(oneLine))];
  const widths = heads.map((_, at) => Math.max(...cells.map((row) => width(row[at] ?? ""))));
  const last = heads.length - 1;
  const before = widths.slice(0, last).reduce((sum, one) => sum + one + 2, 0);
  const room = Math.max(columns - before, 12);
  return cells
    .map((row) =>
      heads
        .map((head, at) => {
          const cell = at === last ? cut(row[at] ?? "", room) : (row[at] ?? "");
          return at === last && head.align === undefined ? cell : pad(cell, widths[at] ?? 0, head.align);
        })
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Names and values, one a line; a value of several lines goes on below itself. Empty values are shown as a dash. */
export function sheet(entries: readonly (readonly [name: string, value: string])[]): string {
  const most = Math.max(...entries.map(([name]) => width(name)));
  return entries
    .map(([name, value]) => {
      const lines = value.split("\n").map(oneLine);
      return lines
        .map((line, at) =>
          `${pad(at === 0 ? name : "", most)}  ${line === "" && lines.length === 1 ? "–" : line}`.trimEnd(),
        )
        .join("\n");
    })
    .join("\n");
}

function pad(text: string, columns: number, align?: "right"): string {
  const space = " ".repeat(Math.max(columns - width(text), 0));
  return align === "right" ? space + text : text + space;
}
