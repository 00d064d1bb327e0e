/** Somebody who signs up in the demo. */
export interface Reader {
  readonly name: string;
  readonly email: string;
  readonly newsletters: readonly string[];
}

const first = [
  "anna",
  "bo",
  "cleo",
  "dara",
  "eli",
  "finn",
  "gwen",
  "hugo",
  "ines",
  "joss",
  "kai",
  "lena",
  "milo",
  "nora",
  "otis",
];
const last = [
  "ashby",
  "brook",
  "carver",
  "dale",
  "ember",
  "frost",
  "grove",
  "hale",
  "irwin",
  "jarvis",
  "keel",
  "lowe",
  "marsh",
  "north",
  "oakes",
  "pryce",
];

/** So many invented readers of Morning Tide, all at a domain that can never get mail. */
export function crowd(count: number): Reader[] {
  return Array.from({ length: count }, (_, place) => ({
    name: "",
    email: `${first[place % first.length]}.${last[Math.floor(place / first.length) % last.length]}@example.com`,
    newsletters: ["morning"],
  }));
}
