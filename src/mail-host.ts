/** Whether a domain takes mail. */
export type MailHostWord = "takes" | "refuses" | "unknown";

/** What the DNS says of a domain's MX: the servers named, `""` for the root, none where it has no MX; `silent`: nothing of use. */
export type MxAnswer = readonly string[] | "no-domain" | "silent";

/** Asks the DNS for a domain's MX; must be done soon after the signal says that nobody waits any longer. Never rejects. */
export type AskMx = (domain: string, signal: AbortSignal) => Promise<MxAnswer>;

/** How long a domain may take to answer, in ms: a person waits for the form (ADR-09). */
export const patience = 1_000;

/** What was learnt is believed for so long, in ms. */
const remembered = 10 * 60_000;

/** Beyond so many domains all are forgotten, and asked for again. */
const most = 10_000;

/** Says whether a domain takes mail, on every platform alike. What is not known within a second is `unknown`, and nobody is refused for it. */
export function createMailHost(clock: () => number, ask: AskMx): (domain: string) => Promise<MailHostWord> {
  const known = new Map<string, { word: MailHostWord; until: number }>();
  return async (domain) => {
    const now = clock();
    const held = known.get(domain);
    // A clock that was put back must keep nobody out for long.
    if (held !== undefined && now < held.until && held.until - now <= remembered) return held.word;
    const word = judge(await ask(domain, AbortSignal.timeout(patience)));
    // A server that was silent may speak the next time.
    if (word === "unknown") return word;
    // Kept only now: on Workers no request may wait for what another one has asked.
    if (known.size >= most) known.clear();
    known.set(domain, { word, until: now + remembered });
    return word;
  };
}

function judge(answer: MxAnswer): MailHostWord {
  if (answer === "silent") return "unknown";
  if (answer === "no-domain") return "refuses";
  // RFC 5321 §5.1: a domain without MX has its mail delivered to its own address, which is not looked up.
  if (answer.length === 0) return "unknown";
  // RFC 7505: one server without a name means that the domain takes no mail.
  return answer.every((server) => server === "") ? "refuses" : "takes";
}
