/** One whole reply of a mail server (RFC 5321 §4.2.1). */
export interface Reply {
  readonly code: number;
  /** What stands behind the code, line by line, as it came (one character per byte). */
  readonly lines: readonly string[];
}

/** Turns what a server says into replies. */
export interface ReplyReader {
  /** Takes the next bytes, one character each. */
  push(text: string): void;
  /** The next whole reply, null when it has not come yet; "garbage" once something else has come, and ever after. */
  next(): Reply | "garbage" | null;
  /** Whether anything is left, be it part of a reply. */
  holds(): boolean;
}

// RFC 5321 §4.5.3.1.5 allows 512; what goes on and on is no reply, and must not fill the memory.
const longestLine = 4_096;
const mostLines = 128;
const longestText = 200;

/** Reads replies that come in pieces of any size. A bare line feed ends a line too: nothing hangs on it here. */
export function createReplyReader(): ReplyReader {
  let rest = "";
  let code = 0;
  let lines: string[] = [];
  let spoilt = false;

  function take(line: string): Reply | "garbage" | null {
    const mark = line.length === 3 ? " " : line[3];
    const found = codeOf(line);
    if (found === null || (code !== 0 && found !== code) || (mark !== " " && mark !== "-")) return "garbage";
    code = found;
    lines.push(line.slice(4));
    if (mark === "-") return lines.length < mostLines ? null : "garbage";
    const reply = { code, lines };
    code = 0;
    lines = [];
    return reply;
  }

  function next(): Reply | "garbage" | null {
    while (!spoilt) {
      const end = rest.indexOf("\n");
      if (end === -1 || end > longestLine) {
        if (rest.length <= longestLine) return null;
        break;
      }
      const line = rest.slice(0, rest.charCodeAt(end - 1) === 13 ? end - 1 : end);
      rest = rest.slice(end + 1);
      const taken = take(line);
      if (taken === "garbage") break;
      if (taken !== null) return taken;
    }
    spoilt = true;
    rest = "";
    return "garbage";
  }

  return {
    push: (text) => {
      // Behind a fault nothing is kept, so that no server can fill the memory.
      if (!spoilt) rest = rest === "" ? text : rest + text;
    },
    next,
    holds: () => rest !== "" || lines.length > 0 || spoilt,
  };
}

/** The code of a reply that says more than three digits (RFC 2034), such as `5.1.1`; null where there is none. */
export function enhancedOf(reply: Reply): string | null {
  const found = /^([245])\.\d{1,3}\.\d{1,3}(?= |$)/.exec(reply.lines[0] ?? "");
  return found !== null && found[1] === String(reply.code)[0] ? found[0] : null;
}

/** The words of a reply on one line, printable ASCII, at most 200 characters, without the codes. */
export function wordsOf(reply: Reply): string {
  const enhanced = enhancedOf(reply);
  const bare = (line: string): string =>
    enhanced !== null && line.startsWith(enhanced) ? line.slice(enhanced.length) : line;
  return printable(reply.lines.map(bare).join(" "));
}

/** What printable() leaves as it is. */
const plain = /^[!-~]+(?: [!-~]+)*$/;

/** What a reply of acceptance is kept as: its words, codes included where there are any, or the bare code. */
export function receiptOf(reply: Reply): string {
  const [only = ""] = reply.lines;
  if (reply.lines.length === 1 && only.length <= longestText && plain.test(only)) return only;
  return printable(reply.lines.join(" ")) || String(reply.code);
}

function printable(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/[^ -~]+/g, "?")
    .trim()
    .slice(0, longestText)
    .trimEnd();
}

function codeOf(line: string): number | null {
  const [first, second, third] = [line.charCodeAt(0) - 48, line.charCodeAt(1) - 48, line.charCodeAt(2) - 48];
  const isCode = first >= 2 && first <= 5 && second >= 0 && second <= 9 && third >= 0 && third <= 9;
  return isCode ? first * 100 + second * 10 + third : null;
}
