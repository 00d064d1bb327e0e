import { createHmac } from "node:crypto";
import type { Manners } from "./session.ts";

const challenge = "<1896.697170952@fake>";
const accepted = "235 2.7.0 Welcome";
const refused = "535 5.7.8 Wrong user or password";

/** Logs one client in, by the mechanisms that the server offers. */
export function createLogin(manners: Manners) {
  const { user, password } = manners;
  let steps: ((line: string) => string)[] = [];
  let done = false;

  function settle(right: boolean): string {
    done = right;
    return right ? accepted : refused;
  }

  function plain(response: string): string {
    return settle(decode(response) === `\0${user}\0${password}`);
  }

  function begin(command: string): string {
    const [, mechanism = "", initial] = command.split(" ");
    if (!manners.auth.some((offered) => offered === mechanism)) return "504 5.5.4 Unknown mechanism";
    switch (mechanism) {
      case "PLAIN":
        if (initial !== undefined) return plain(initial);
        steps = [plain];
        return "334 ";
      case "LOGIN": {
        let given = "";
        steps = [
          (line) => {
            given = decode(line);
            return "334 UGFzc3dvcmQ6";
          },
          (line) => settle(given === user && decode(line) === password),
        ];
        return "334 VXNlcm5hbWU6";
      }
      default: {
        const proof = createHmac("md5", password).update(challenge).digest("hex");
        steps = [(line) => settle(decode(line) === `${user} ${proof}`)];
        return `334 ${Buffer.from(challenge).toString("base64")}`;
      }
    }
  }

  return {
    begin,
    /** Whether the next line is an answer to a challenge. */
    pending: () => steps.length > 0,
    take: (line: string): string => steps.shift()?.(line) ?? refused,
    done: () => done,
  };
}

function decode(text: string): string {
  return Buffer.from(text, "base64").toString("utf8");
}
