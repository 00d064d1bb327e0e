import type { Message } from "../../src/mail/message.ts";
import type { Ended, MemberOutcome, Outcome, Parcel, Provider } from "../../src/provider/contract.ts";
import { digestOf } from "../../src/provider/digest.ts";

/** A way out as SMTP is: one mail after the other, no idempotency keys, and a far side that remembers what it took. */
export interface Keyless {
  readonly provider: Provider;
  /** Whom the far side has taken mails for, in order. */
  readonly taken: string[];
  /** Decides on each mail, once the journal lets it leave; accepted unless it says otherwise. */
  answer: (address: string) => MemberOutcome | Ended | Promise<MemberOutcome | Ended>;
}

const encoder = new TextEncoder();

/** Opens such a way out; a test gives its answers. */
export function openKeyless(members = 100): Keyless {
  const taken: string[] = [];
  const rig: Keyless = {
    taken,
    answer: () => ({ result: "accepted", id: "250 taken" }),
    provider: {
      name: "smtp",
      knowsKeys: false,
      limits: { members, bytes: 10_000_000 },
      notices: (messages: readonly Message[]) => parcel(messages.map(({ to }) => to)),
      issue: () => (recipients) => parcel(recipients.map(({ address }) => address)),
    },
  };
  const parcel = (addresses: readonly string[]): Parcel => {
    const chunks = addresses.map((address) => encoder.encode(`${address}\n`));
    return {
      chunks,
      size: chunks.reduce((sum, chunk) => sum + chunk.length, 0),
      digest: () => digestOf(chunks),
      send: async (_key, journal) => {
        const outcomes: MemberOutcome[] = [];
        let ended: Ended | null = null;
        for (const [place, address] of addresses.entries()) {
          if (ended === null && journal !== undefined && !(await journal.leaving(place))) {
            ended = { result: "retry", reason: "the lease was lost" };
          }
          const came: MemberOutcome | Ended = ended ?? (await rig.answer(address));
          if (came.result === "retry" || came.result === "pause" || came.result === "halt") {
            ended = came;
            outcomes.push({ result: "later", reason: came.reason });
            if (ended.reason !== "the lease was lost") journal?.came(place, false);
            continue;
          }
          if (came.result === "accepted" || came.result === "unsure") taken.push(address);
          if (came.result !== "unsure") journal?.came(place, came.result === "accepted");
          outcomes.push(came);
        }
        return outcomeOf(outcomes, ended);
      },
    };
  };
  return rig;
}

function outcomeOf(members: readonly MemberOutcome[], ended: Ended | null): Outcome {
  const ids = members.flatMap((one) => (one.result === "accepted" ? [one.id] : []));
  return ids.length === members.length ? { result: "accepted", ids } : { result: "partly", members, ended };
}
