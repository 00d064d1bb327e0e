import { type DefaultTreeAdapterTypes, parse } from "parse5";

/** A form of a page: where it goes and what it carries unseen. */
export interface Form {
  readonly action: string;
  readonly method: string;
  readonly hidden: [string, string][];
}

/** The forms of a page, in order. */
export function formsOf(html: string): Form[] {
  const forms = elements(parse(html)).filter((element) => element.tagName === "form");
  return forms.map((form) => ({
    action: attribute(form, "action") ?? "",
    method: attribute(form, "method")?.toLowerCase() ?? "get",
    hidden: elements(form)
      .filter((element) => element.tagName === "input" && attribute(element, "type") === "hidden")
      .map((input) => [attribute(input, "name") ?? "", attribute(input, "value") ?? ""]),
  }));
}

/** All elements of a document, in order. */
export function elements(node: DefaultTreeAdapterTypes.Node): DefaultTreeAdapterTypes.Element[] {
  const here = "tagName" in node ? [node] : [];
  return "childNodes" in node ? [...here, ...node.childNodes.flatMap(elements)] : here;
}

/** An attribute as written; undefined where there is none. */
export function attribute(element: DefaultTreeAdapterTypes.Element, name: string): string | undefined {
  return element.attrs.find((one) => one.name === name)?.value;
}
