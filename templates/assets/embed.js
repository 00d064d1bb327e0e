/* Tidings: <tidings-signup>, the height of framed forms, and help for sign-up forms. No dependency, nothing stored. */
(() => {
  const { src } = document.currentScript || {};
  if (!src || customElements.get("tidings-signup")) return;
  const base = new URL(".", src).href;
  const css = "{{ embed.css }}";

  /* An element with properties or attributes and children; no HTML is ever parsed, so Trusted Types have nothing to refuse. */
  function make(tag, given, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(given || {})) {
      if (value === true) node.setAttribute(name, "");
      else if (value !== false && value != null) node.setAttribute(name, value);
    }
    node.append(...children.filter((child) => child != null));
    return node;
  }

  /* Slips of the finger (ADR-06): compared here, told as a question, never in the way. */

  const providers = (
    "gmail.com googlemail.com yahoo.com yahoo.co.uk yahoo.de yahoo.fr yahoo.es yahoo.it yahoo.ca ymail.com hotmail.com " +
    "hotmail.co.uk hotmail.de hotmail.fr hotmail.es hotmail.it outlook.com outlook.de outlook.fr outlook.es live.com " +
    "live.fr msn.com icloud.com me.com mac.com aol.com proton.me protonmail.com pm.me fastmail.com zoho.com mail.com " +
    "email.com gmx.com gmx.net gmx.de gmx.at gmx.ch web.de t-online.de freenet.de posteo.de mailbox.org orange.fr " +
    "wanadoo.fr free.fr laposte.net ukr.net i.ua meta.ua bigmir.net wp.pl o2.pl onet.pl interia.pl gazeta.pl " +
    "comcast.net verizon.net btinternet.com libero.it seznam.cz telefonica.net"
  ).split(" ");

  /* Insertions, deletions, substitutions and swaps of neighbours. */
  function distance(a, b) {
    const rows = [[...Array(b.length + 1).keys()]];
    for (let i = 1; i <= a.length; i++) {
      rows[i] = [i];
      for (let j = 1; j <= b.length; j++) {
        const same = a[i - 1] === b[j - 1] ? 0 : 1;
        rows[i][j] = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + same);
        if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
          rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
        }
      }
    }
    return rows[a.length][b.length];
  }

  /* The address that was probably meant, or null. */
  function meant(address) {
    const [, local, typed] = /^([^@\s]+)@([^@\s]{3,60})$/.exec(address.trim().toLowerCase()) || [];
    if (!typed || providers.includes(typed)) return null;
    const domain = typed.replace(/\.(con|cmo|comm|ocm|coom|vom|xom|cpm)$/, ".com");
    let [best, least] = [domain, 3];
    for (const provider of providers) {
      const name = provider.indexOf(".");
      // Short names have many honest neighbours.
      const most = name < 4 ? 0 : name < 5 ? 1 : 2;
      const apart = distance(domain, provider);
      if (apart <= most && apart < least) [best, least] = [provider, apart];
    }
    return best === typed ? null : `${address.trim().slice(0, local.length)}@${best}`;
  }

  /* Shows the question below a field in a live region; `words` hold {address} where the button goes. */
  function hintAt(input, live, words) {
    input.addEventListener("change", () => {
      const better = meant(input.value);
      live.replaceChildren();
      if (!better) return;
      const [before, after] = words.split("{address}");
      const button = make("button", { type: "button", part: "suggestion", class: "tidings-suggestion" }, better);
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
      const answer = await fetch(`${base}subscribe/challenge?${query}`, { credentials: "omit" });
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
  function ask(slugs, lang) {
    const query = new URLSearchParams([...slugs.map((slug) => ["n", slug]), ...(lang ? [["lang", lang]] : [])]);
    const url = `${base}embed.json?${query}`;
    if (!asked.has(url)) {
      asked.set(
        url,
        fetch(url, { credentials: "omit" }).then((answer) => {
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

  class Signup extends HTMLElement {
    async connectedCallback() {
      if (this.shadowRoot || this.busy) return;
      this.busy = true;
      const slugs = (this.getAttribute("newsletter") || "").split(/[\s,]+/).filter(Boolean);
      try {
        this.show(await ask(slugs, this.getAttribute("lang")));
      } catch (error) {
        // The form inside the tag stays, and works.
        console.warn(`tidings-signup: ${error.message}`);
      }
      this.busy = false;
    }

    /* Puts the form in the place of the one inside the tag, with what was typed there, in no less room. */
    show(config) {
      const old = this.querySelector("form input[type=email]");
      const [typed, active] = [old ? old.value : "", old && document.activeElement === old];
      const room = this.getBoundingClientRect().height;
      const root = this.attachShadow({ mode: "open" });
      dress(root);
      this.dir ||= config.direction;
      const box = make("div", { part: "box", class: "tidings", lang: config.language });
      root.append(box);
      box.append(
        make("slot", { name: "heading" }, make("p", { part: "heading", class: "tidings-heading" }, config.heading)),
      );
      if (config.closed) {
        box.append(make("p", { part: "message" }, ...linked(config.closed)));
        return;
      }
      if (config.pitch) box.append(make("p", { part: "pitch" }, config.pitch));
      const live = make("div", { part: "message", class: "tidings-message", role: "status", tabindex: "-1" });
      const form = this.form(config);
      box.append(form.node, live);
      box.style.minBlockSize = `${room}px`;
      form.email.value = typed;
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
        class: "tidings-field",
        required: true,
        maxlength: 254,
        autocomplete: "email",
        inputmode: "email",
        autocapitalize: "none",
        spellcheck: "false",
        "aria-describedby": "fault hint",
      });
      const fault = make("p", { part: "fault", class: "tidings-fault", id: "fault", role: "alert" });
      const hint = make("p", { part: "hint", class: "tidings-hint", id: "hint", role: "status" });
      const button = make("button", { type: "submit", part: "button", class: "tidings-button" }, texts.subscribe);
      const boxes =
        newsletters.length < 2
          ? []
          : newsletters.map(({ slug, name, pitch, lang }) =>
              make(
                "label",
                { part: "choice", class: "tidings-choice", lang: lang === language ? null : lang },
                make("input", { type: "checkbox", part: "checkbox", name: "newsletter", value: slug }),
                make("span", {}, make("strong", {}, name), pitch ? make("small", {}, pitch) : null),
              ),
            );
      const node = make(
        "form",
        { part: "form", class: "tidings-form", novalidate: true },
        boxes.length
          ? make(
              "fieldset",
              { part: "choices", class: "tidings-choices" },
              make("legend", { part: "legend" }, texts.choose),
              ...boxes,
            )
          : null,
        make(
          "div",
          { part: "row", class: "tidings-row" },
          make("label", { part: "label", class: "tidings-label" }, texts.email, email),
          button,
        ),
        fault,
        hint,
        make("p", { part: "consent", class: "tidings-consent" }, ...linked(consent)),
      );
      hintAt(email, hint, texts.hint);
      const chosen = () =>
        boxes.length
          ? [...node.querySelectorAll("input:checked")].map((input) => input.value)
          : newsletters.map(({ slug }) => slug);
      return { node, email, fault, button, chosen };
    }

    async send({ texts }, form, live, proof) {
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
        ...whence(),
        ["altcha", await proof.begin()],
      ];
      proof.spend();
      let told = null;
      let sent = false;
      try {
        const answer = await fetch(`${base}subscribe`, {
          method: "POST",
          credentials: "omit",
          headers: { Accept: "application/json" },
          body: new URLSearchParams(fields.filter(([, value]) => value)),
        });
        told = await answer.json();
        sent = answer.ok;
      } catch {
        told = null;
      }
      button.removeAttribute("aria-disabled");
      button.textContent = label;
      if (!sent) {
        const { message, field } = told?.error ?? {};
        return refuse(message || texts.failed, field === "email" ? email : button);
      }
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
