const colour = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;

function paint(code: number, text: string): string {
  return colour ? `\u001b[${code}m${text}\u001b[0m` : text;
}

/** A heading of the story. */
export function chapter(title: string): void {
  process.stdout.write(`\n${paint(1, title)}\n${paint(2, "─".repeat(title.length))}\n`);
}

/** A sentence of the story, wrapped at 96 columns. */
export function say(text: string): void {
  let line = "";
  for (const word of text.split(/(?<=\s)/)) {
    if (line.length + word.trimEnd().length > 96) {
      process.stdout.write(`${line.trimEnd()}\n`);
      line = "";
    }
    line += word;
  }
  process.stdout.write(`${line.trimEnd()}\n`);
}

/** What the command line printed, set apart. */
export function show(output: string): void {
  const lines = output.trimEnd().split("\n");
  process.stdout.write(`\n${lines.map((line) => paint(36, `    ${line}`.trimEnd())).join("\n")}\n\n`);
}
