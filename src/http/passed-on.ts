/** What led to a form and is passed on with it, in a hidden field. */
export interface PassedOn {
  readonly name: string;
  readonly value: string;
}

const names = [
  ...["position", "page", "referrer"],
  ...["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"],
];

/** Longer ones are cut by the gate, and would only fill the page. */
const longest = 500;

/** Place, campaign and referrer, as the address of a page or the form before tells them; unknown names are left out. */
export function passedOn(read: (name: string) => string | undefined): PassedOn[] {
  return names
    .map((name) => ({ name, value: (read(name) ?? "").slice(0, longest) }))
    .filter(({ value }) => value !== "");
}

/** The same for a page of our own, where a link from elsewhere has led: the link names the campaign, the browser the site. */
export function ledBy(
  query: (name: string) => string | undefined,
  referer: string | undefined,
  own: string,
): PassedOn[] {
  const foreign = referer !== undefined && URL.canParse(referer) && new URL(referer).origin !== new URL(own).origin;
  return passedOn((name) =>
    name === "referrer" && foreign ? referer : name.startsWith("utm_") ? query(name) : undefined,
  );
}
