import { type DefaultTreeAdapterMap, defaultTreeAdapter } from "parse5";

export type Element = DefaultTreeAdapterMap["element"];
type Node = DefaultTreeAdapterMap["node"];

/** All elements below a node, in order. */
export function elements(node: Node): Element[] {
  const own = defaultTreeAdapter.isElementNode(node) ? [node] : [];
  return [...own, ...children(node).flatMap(elements)];
}

export function children(node: Node): Node[] {
  return "childNodes" in node ? node.childNodes : [];
}

export function attribute(element: Element, name: string): string | undefined {
  return element.attrs.find((one) => one.name === name)?.value;
}

/** The text inside an element itself, without that of its children. */
export function ownText(element: Element): string {
  return children(element)
    .map((child) => (defaultTreeAdapter.isTextNode(child) ? child.value : ""))
    .join("")
    .trim();
}

export function allText(node: Node): string {
  if (defaultTreeAdapter.isTextNode(node)) return node.value;
  return children(node).map(allText).join("");
}
