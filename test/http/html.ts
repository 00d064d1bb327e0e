import type { DefaultTreeAdapterTypes } from "parse5";

type Node = DefaultTreeAdapterTypes.Node;
type Element = DefaultTreeAdapterTypes.Element;

/** All elements of a document, in order. */
export function elements(node: Node): Element[] {
  const here = "tagName" in node ? [node] : [];
  const children = "childNodes" in node ? node.childNodes.flatMap(elements) : [];
  return [...here, ...children];
}

/** The first element that fits. */
export function find(node: Node, fits: (element: Element) => boolean): Element | undefined {
  return elements(node).find(fits);
}

/** An element's attributes by name. */
export function attributes(element: Element | undefined): Record<string, string> {
  return Object.fromEntries((element?.attrs ?? []).map(({ name, value }) => [name, value]));
}

/** The words inside a node. */
export function wordsOf(node: Node | undefined): string {
  if (node === undefined) return "";
  if ("value" in node) return node.value;
  return "childNodes" in node ? node.childNodes.map(wordsOf).join("") : "";
}
