import type { Instance } from "../instance/find.ts";
import type { Field } from "./input-file.ts";
import { count, counted } from "./words.ts";

/** Fields of the instance by which the forms are guarded. */
export const guardFields: readonly Field[] = [
  {
    name: "signupLimits",
    flag: "signup-limit",
    value: "WHAT=NUMBER",
    help: "Sign-ups an hour by network, domain, newsletter, total; or none",
    kind: "limits",
  },
  { name: "challenge", value: "WHEN", help: "When forms solve a proof of work: auto (under attack), always or never" },
  { name: "roleAddresses", value: "WHAT", help: "abuse@, postmaster@ and the like: refuse or allow" },
  { name: "disposable", value: "WHAT", help: "Addresses that are made for a day: allow, flag or refuse" },
  { name: "checkMx", value: "YES|NO", help: "Whether a domain is asked for its mail servers", kind: "switch" },
  { name: "turnstileSite", value: "KEY", help: "Site key of Cloudflare's widget; empty for none", kind: "nullable" },
  {
    name: "remindHours",
    value: "NUMBER",
    help: "Hours until an unconfirmed sign-up is reminded, once, 1 to 336; or none",
    kind: "limit",
  },
  {
    name: "keepUnconfirmedDays",
    value: "NUMBER",
    help: "Days after its last link expired until an unconfirmed sign-up is forgotten, 1 to 365",
    kind: "number",
  },
];

/** What guards the forms, a line each. */
export function guardLines(instance: Instance): [string, string][] {
  const { network, domain, newsletter, total } = instance.signupLimits;
  const { remindHours, turnstileSite } = instance;
  return [
    [
      "sign-ups an hour",
      `${count(network)} a network, ${count(domain)} a domain, ${count(newsletter)} a newsletter, ${count(total)} in total`,
    ],
    ["proof of work", { auto: "under attack", always: "always", never: "never" }[instance.challenge]],
    ["role addresses", { refuse: "refused", allow: "allowed" }[instance.roleAddresses]],
    ["disposable addresses", { allow: "allowed", flag: "flagged", refuse: "refused" }[instance.disposable]],
    ["mail servers asked for", instance.checkMx ? "yes" : "no"],
    ...(turnstileSite === null ? [] : [["turnstile", turnstileSite] as [string, string]]),
    ["reminder", remindHours === null ? "none" : `after ${counted(remindHours, "hour")}`],
    ["unconfirmed kept", `${counted(instance.keepUnconfirmedDays, "day")} after the last link expired`],
  ];
}
