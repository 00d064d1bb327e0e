/* Tidings: <tidings-signup>, the height of framed forms, and help for sign-up forms. No dependency, nothing stored. */
(() => {
  const { src } = document.currentScript || {};
  if (!src || customElements.get("tidings-signup")) return;
  const base = new URL(".", src).href;
  const css = "{{ embed.css }}";

  /* An element with attributes and children, and a class for its part; no HTML is ever parsed, so Trusted Types have nothing to refuse. */
  function make(tag, given, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(given || {})) {
      if (name === "part") node.className = `tidings-${value}`;
      if (value === true) node.setAttribute(name, "");
      else if (value !== false && value != null) node.setAttribute(name, value);
    }
    node.append(...children.filter((child) => child != null));
    return node;
  }

  /* Slips of the finger (ADR-06): compared here, told as a question, never in the way. */

  const providers = {
    com:
      "gmail googlemail yahoo ymail hotmail outlook live msn icloud me mac aol protonmail fastmail zoho mail email gmx " +
      "btinternet",
    net: "gmx ukr bigmir laposte comcast verizon telefonica",
    de: "yahoo hotmail outlook gmx web t-online freenet posteo",
    fr: "yahoo hotmail outlook live orange wanadoo free",
    es: "yahoo hotmail outlook",
    it: "yahoo hotmail libero",
    pl: "wp o2 onet interia gazeta",
    ua: "i meta",
    me: "proton pm",
    ch: "gmx",
    at: "gmx",
    ca: "yahoo",
    cz: "seznam",
    org: "mailbox",
    "co.uk": "yahoo hotmail",
  };

  /* Insertions, deletions, substitutions and swaps of neighbours between two words; something large beyond `most`. */
  function distance(a, b, most) {
    if (most < 0) return 9;
    if (a[0] === b[0]) return a ? distance(a.slice(1), b.slice(1), most) : 0;
    const less = (i, j) => distance(a.slice(i), b.slice(j), most - 1);
    return 1 + Math.min(less(1, 0), less(0, 1), less(1, 1), a[0] === b[1] && a[1] === b[0] ? less(2, 2) : 9);
  }

  /* Endings that are none. Of others nobody can tell: hotmail.nl, posteo.net and protonmail.ch are as good as their siblings. */
  const slips = [
    [/\.(con|cmo|comm|ocm|coom|vom|xom|cpm)$/, ".com"],
    [/\.(nte|ent|ner|ney|nett)$/, ".net"],
    [/^(gmail|hotmail|icloud|outlook|yahoo)\.(co|cm|om)$/, "$1.com"],
  ];

  /* The address that was probably meant, or null: the name is mended, its ending kept. */
  function meant(address) {
    const [, local, typed] = /^([^@\s]+)@([^@\s.]+\.[^@\s]{2,60})$/.exec(address.trim().toLowerCase()) || [];
    if (!typed) return null;
    const domain = slips.reduce((text, [slip, right]) => text.replace(slip, right), typed);
    const [, name, end] = /^(.*?)\.(.*)$/.exec(domain);
    let [best, least] = [name, 3];
    for (const known of `${providers[end] || ""}`.split(" ")) {
      // Short names have many honest neighbours.
      const apart = distance(name, known, known.length < 4 ? 0 : known.length < 7 ? 1 : 2);
      if (apart < least) [best, least] = [known, apart];
    }
    const better = `${best}.${end}`;
    return better === typed ? null : `${address.trim().slice(0, local.length)}@${better}`;
  }

  /* Shows the question below a field in a live region; `words` hold {address} where the button goes. */
  function hintAt(input, live, words) {
    input.addEventListener("change", () => {
      const better = meant(input.value);
      live.replaceChildren();
      if (!better) return;
      const [before, after] = words.split("{address}");
      const button = make("button", { type: "button", part: "suggestion" }, better);
      button.addEventListener("click", () => {
        input.value = better;
        live.replaceChildren();
        input.focus();
      });
      live.append(before, button, after || "");
    });
    input.addEventListener("input", () => live.replaceChildren());
  }

  const hex = (hash) => Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");

  /* Proof of work (DOI-26): the number that the server asks for; null where there is none, or no crypto, as on plain http. */
  async function solve({ challenge, salt, maxnumber }) {
    if (!crypto.subtle) return null;
    const encoder = new TextEncoder();
    for (let from = 0; from <= maxnumber; from += 500) {
      const hash = (_, at) => crypto.subtle.digest("SHA-256", encoder.encode(salt + (from + at)));
      const found = (await Promise.all(Array.from({ length: 500 }, hash))).findIndex((made) => hex(made) === challenge);
      if (found >= 0) return from + found;
    }
    return null;
  }

  /* What to send as `altcha`, or "" where nothing is asked or nobody answers: the sign-up then takes the slow way. */
  async function prove(slugs) {
    try {
      const query = new URLSearchParams(slugs.map((slug) => ["newsletter", slug]));
      // Whoever hangs must not hold up the form.
      const signal = AbortSignal.timeout?.(5e3);
      const answer = await fetch(`${base}subscribe/challenge?${query}`, { credentials: "omit", signal });
      const asked = await answer.json();
      if (!answer.ok || !asked.required) return "";
      const number = await solve(asked);
      const { algorithm, challenge, salt, signature } = asked;
      return number === null ? "" : btoa(JSON.stringify({ algorithm, challenge, number, salt, signature }));
    } catch {
      return "";
    }
  }

  /* Starts when somebody turns to the form, so that the answer is there when they have typed. */
  function prover(root, slugs) {
    const kept = { key: "", since: 0, proof: null, value: undefined };
    const begin = () => {
      const chosen = slugs();
      const key = chosen.join(" ");
      if (kept.proof && kept.key === key && Date.now() - kept.since < 6e5) return kept.proof;
      const mine = prove(chosen);
      Object.assign(kept, { key, since: Date.now(), proof: mine, value: undefined });
      mine.then((value) => {
        if (kept.proof === mine) kept.value = value;
      });
      return mine;
    };
    const early = () => {
      if (slugs().length) begin();
    };
    root.addEventListener("focusin", early);
    root.addEventListener("change", early);
    // A proof is spent by being sent.
    return {
      begin,
      // Without a choice there is nothing to prove: the form goes off, and is refused.
      ready: () => {
        const key = slugs().join(" ");
        return key && kept.key !== key ? undefined : key && kept.value;
      },
      spend: () => {
        kept.proof = null;
      },
    };
  }

  /* The page that a form stands on, without its query; campaigns are told by their five usual names. */
  function whence() {
    const query = new URLSearchParams(location.search);
    const told = ["source", "medium", "campaign", "term", "content"].map((name) => [
      `utm_${name}`,
      query.get(`utm_${name}`),
    ]);
    let referrer = "";
    if (document.referrer) {
      const { origin, pathname } = new URL(document.referrer);
      referrer = origin + pathname;
    }
    return [["page", location.origin + location.pathname], ["referrer", referrer], ...told].filter(
      ([, value]) => value,
    );
  }

  let sheet = null;
  function dress(root) {
    try {
      if (!sheet) {
        sheet = new CSSStyleSheet();
        sheet.replaceSync(css);
      }
      root.adoptedStyleSheets = [sheet];
    } catch {
      root.append(make("style", {}, css));
    }
  }

  const asked = new Map();
  /* What a form shows, asked once for all elements of the page that show the same. */
  function ask(slugs, lang, cache) {
    const query = new URLSearchParams([...slugs.map((slug) => ["n", slug]), ...(lang ? [["lang", lang]] : [])]);
    const url = `${base}embed.json?${query}`;
    if (cache || !asked.has(url)) {
      asked.set(
        url,
        fetch(url, { credentials: "omit", cache }).then((answer) => {
          if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
          return answer.json();
        }),
      );
    }
    return asked.get(url);
  }

  const linked = (parts) =>
    parts.map((part) =>
      typeof part === "string"
        ? part
        : make("a", { href: part.href, part: "link", target: "_blank", rel: "noopener" }, part.text),
    );

  /* Keeps the room that something takes, so that nothing moves; until its width changes, since everything moves then. */
  function hold(node, height) {
    const width = node.offsetWidth;
    node.style.minBlockSize = `${height}px`;
    new ResizeObserver((_, observer) => {
      if (node.offsetWidth === width) return;
      node.style.minBlockSize = "";
      observer.disconnect();
    }).observe(node);
  }

  class Signup extends HTMLElement {
    static observedAttributes = ["newsletter", "lang"];
    connectedCallback() {
      this.load();
    }
    attributeChangedCallback() {
      this.load();
    }

    /* Shows what the attributes name, once for each of their values; anew where the server says that it has changed. */
    async load(cache) {
      const [names, lang] = ["newsletter", "lang"].map((name) => this.getAttribute(name) || "");
      const slugs = names.split(/[\s,]+/).filter(Boolean);
      const key = `${slugs} ${lang}`;
      // A framework may name the newsletter only when the element is in its place.
      if (!this.isConnected || !slugs.length || (key === this.key && !cache)) return;
      this.key = key;
      try {
        const config = await ask(slugs, lang, cache);
        if (this.key === key) this.show(config);
      } catch (error) {
        // The form inside the tag stays, and works.
        console.warn(`tidings-signup: ${error.message}`);
      }
    }

    /* Puts the form in the place of the one before, with what was typed and ticked there, in no less room. */
    show(config) {
      const room = this.getBoundingClientRect().height;
      const root = this.shadowRoot || this.attachShadow({ mode: "open" });
      const before = root.firstChild ? root : this;
      const old = before.querySelector("form input[type=email]");
      const active = old && (before.activeElement || document.activeElement) === old;
      const ticked = [...before.querySelectorAll("input:checked")].map((input) => input.value);
      const box = make("div", {
        part: "box",
        class: "tidings",
        lang: config.language,
        dir: this.dir ? null : config.direction,
      });
      root.replaceChildren(box);
      dress(root);
      box.append(make("slot", { name: "heading" }, make("p", { part: "heading" }, config.heading)));
      hold(box, room);
      const live = make("div", { part: "message", role: "status", tabindex: "-1" });
      if (config.closed) {
        live.append(...linked(config.closed));
        box.append(live);
        return;
      }
      if (config.pitch) box.append(make("p", { part: "pitch" }, config.pitch));
      const form = this.form(config);
      box.append(form.node, live);
      form.email.value = old ? old.value : "";
      for (const input of form.node.querySelectorAll("[type=checkbox]")) input.checked = ticked.includes(input.value);
      if (active) form.email.focus();
      const proof = prover(form.node, form.chosen);
      form.node.addEventListener("submit", (event) => {
        event.preventDefault();
        this.send(config, form, live, proof);
      });
    }

    form({ texts, newsletters, consent, language }) {
      const email = make("input", {
        name: "email",
        type: "email",
        part: "field",
        required: true,
        maxlength: 254,
        autocomplete: "email",
        inputmode: "email",
        autocapitalize: "none",
        spellcheck: "false",
        dir: "ltr",
        "aria-describedby": "fault hint",
      });
      const fault = make("p", { part: "fault", id: "fault", role: "alert" });
      const hint = make("p", { part: "hint", id: "hint", role: "status" });
      const button = make("button", { type: "submit", part: "button" }, texts.subscribe);
      const boxes =
        newsletters.length < 2
          ? []
          : newsletters.map(({ slug, name, pitch, lang }) =>
              make(
                "label",
                { part: "choice", lang: lang === language ? null : lang },
                make("input", { type: "checkbox", part: "checkbox", name: "newsletter", value: slug }),
                make("span", {}, make("strong", {}, name), pitch ? make("small", {}, pitch) : null),
              ),
            );
      const node = make(
        "form",
        { part: "form", novalidate: true },
        boxes.length
          ? make("fieldset", { part: "choices" }, make("legend", { part: "legend" }, texts.choose), ...boxes)
          : null,
        make("div", { part: "row" }, make("label", { part: "label" }, texts.email, email), button),
        fault,
        hint,
        make("p", { part: "consent" }, ...linked(consent)),
      );
      hintAt(email, hint, texts.hint);
      const chosen = () =>
        boxes.length
          ? [...node.querySelectorAll("input:checked")].map((input) => input.value)
          : newsletters.map(({ slug }) => slug);
      return { node, email, fault, button, chosen };
    }

    async send({ texts, language, wording }, form, live, proof) {
      if (form.button.getAttribute("aria-disabled")) return;
      const { email, fault, button, chosen } = form;
      const refuse = (words, field) => {
        fault.textContent = words;
        if (field === email) email.setAttribute("aria-invalid", "true");
        else email.removeAttribute("aria-invalid");
        if (field) field.focus();
      };
      const slugs = chosen();
      refuse("");
      if (!slugs.length) return refuse(texts.none, form.node.querySelector("input"));
      if (!email.value.trim()) return refuse(texts.empty, email);
      const label = button.textContent;
      // Not `disabled`: that would take the focus away from where the reader is.
      button.setAttribute("aria-disabled", "true");
      button.textContent = texts.sending;
      const fields = [
        ["email", email.value],
        ...slugs.map((slug) => ["newsletter", slug]),
        ["form", this.getAttribute("form") || this.id || "element"],
        ["position", this.getAttribute("position") || ""],
        ["lang", language],
        ["wording", wording],
        ...whence(),
        ["altcha", await proof.begin()],
      ];
      proof.spend();
      const answer = await fetch(`${base}subscribe`, {
        method: "POST",
        credentials: "omit",
        headers: { Accept: "application/json", "Accept-Language": language },
        body: new URLSearchParams(fields.filter(([, value]) => value)),
      }).catch(() => null);
      const told = await answer?.json().catch(() => null);
      button.removeAttribute("aria-disabled");
      button.textContent = label;
      if (!answer?.ok) {
        const { message = texts.failed, field } = told?.error ?? {};
        if (field !== "newsletters") return refuse(message, field === "email" ? email : button);
        // What is offered has changed: the words stand above what there is now.
        await this.load("no-cache");
        const now = this.shadowRoot.querySelector("[part=fault]");
        if (now) now.textContent = message;
        return this.shadowRoot.querySelector("input, [part=message]").focus();
      }
      const box = live.parentNode;
      hold(box, box.getBoundingClientRect().height);
      live.append(make("strong", {}, texts.sent), make("span", {}, texts.check));
      form.node.remove();
      live.focus();
      this.dispatchEvent(
        new CustomEvent("tidings-subscribed", { bubbles: true, composed: true, detail: { newsletters: slugs } }),
      );
    }
  }
  customElements.define("tidings-signup", Signup);

  /* Forms of our own pages: a question about slips, and a proof where one is asked for. */
  function help(form) {
    const email = form.querySelector("input[type=email]");
    const live = make("p", { class: "hint slip", role: "status" });
    email.after(live);
    hintAt(email, live, form.dataset.hint);
    const chosen = () => [...new FormData(form).getAll("newsletter")];
    const proof = prover(form, chosen);
    form.addEventListener("submit", async (event) => {
      const ready = proof.ready();
      if (ready === "") return;
      event.preventDefault();
      if (form.hasAttribute("aria-busy")) return;
      form.setAttribute("aria-busy", "true");
      const value = await proof.begin();
      proof.spend();
      form.removeAttribute("aria-busy");
      // A page that was left and come back to still holds the last one.
      form.querySelector("[name=altcha]")?.remove();
      form.append(make("input", { type: "hidden", name: "altcha", value }));
      form.submit();
    });
  }

  /* A framed form tells its height to the page around it, which lets the frame grow and shrink. */
  function tellHeight() {
    // Browsers leave `autofocus` aside in a frame of another site.
    document.querySelector("[autofocus]")?.focus();
    const tell = () =>
      parent.postMessage({ tidings: "height", height: Math.ceil(document.body.getBoundingClientRect().height) }, "*");
    new ResizeObserver(tell).observe(document.body);
    addEventListener("message", ({ data }) => {
      if (data && data.tidings === "ask") tell();
    });
  }

  const { origin } = new URL(base);
  const frames = () => [...document.querySelectorAll("iframe")].filter(({ src }) => src.startsWith(`${base}embed/`));
  addEventListener("message", ({ origin: from, source, data }) => {
    if (from !== origin || !data || data.tidings !== "height" || !(data.height > 0 && data.height < 5000)) return;
    for (const frame of frames())
      if (frame.contentWindow === source) frame.style.height = `${Math.ceil(data.height)}px`;
  });

  function begin() {
    for (const form of document.querySelectorAll("form[data-tidings]")) help(form);
    if (parent !== window && document.body.hasAttribute("data-framed")) tellHeight();
    for (const frame of frames()) frame.contentWindow.postMessage({ tidings: "ask" }, "*");
  }
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", begin);
  else begin();
})();
