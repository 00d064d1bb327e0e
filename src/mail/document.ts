/** Running text of an issue. Strings are unescaped and may hold marks. */
export type Inline =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "break" }
  | { readonly kind: "strong" | "emphasis" | "struck"; readonly children: readonly Inline[] }
  | { readonly kind: "link"; readonly href: string; readonly children: readonly Inline[] };

/** A picture on a line of its own; `width` in pixels, null for the column's full width. */
export interface Picture {
  readonly src: string;
  readonly alt: string;
  readonly caption: string | null;
  readonly width: number | null;
  readonly href: string | null;
}

export type Align = "left" | "center" | "right" | null;

/** What an issue is made of. Both parts of a mail and the web copy are printed from it, so they cannot disagree. */
export type Block =
  | { readonly kind: "heading"; readonly level: number; readonly children: readonly Inline[] }
  | { readonly kind: "paragraph"; readonly children: readonly Inline[] }
  | { readonly kind: "picture"; readonly picture: Picture }
  | { readonly kind: "button"; readonly href: string; readonly children: readonly Inline[] }
  | { readonly kind: "list"; readonly start: number | null; readonly items: readonly (readonly Block[])[] }
  | { readonly kind: "quote"; readonly blocks: readonly Block[] }
  | { readonly kind: "divider" }
  | { readonly kind: "code"; readonly text: string }
  | {
      readonly kind: "table";
      readonly align: readonly Align[];
      readonly head: readonly (readonly Inline[])[];
      readonly rows: readonly (readonly (readonly Inline[])[])[];
    };

/** The plain words of running text. */
export function words(inlines: readonly Inline[]): string {
  return inlines
    .map((inline) => {
      if (inline.kind === "break") return "\n";
      return "children" in inline ? words(inline.children) : inline.text;
    })
    .join("");
}
