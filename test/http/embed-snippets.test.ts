import { expect, test } from "vitest";
import { createNewsletter } from "../../src/newsletter/create.ts";
import { editNewsletter } from "../../src/newsletter/edit.ts";
import { type Desk, openDesk } from "./desk.ts";

async function furnished(): Promise<Desk> {
  const desk = await openDesk();
  for (const slug of ["morning", "weekend"]) {
    await createNewsletter(desk.world.ctx, {
      ...{ slug, name: `The <b>${slug}</b> & more`, pitch: 'It says "hello".' },
      ...{ senderName: "The Courier", senderAddress: "news@courier.example" },
    });
  }
  return desk;
}

test("each embed is ready to paste, with whole addresses, and every word in it is escaped", async () => {
  await using desk = await furnished();
  const { status, body } = await desk.call("GET", "/api/newsletters/morning/embed");
  expect(status).toBe(200);
  const url = desk.world.ctx.config.publicUrl;
  expect(body.form).toContain(`action="${url}/subscribe"`);
  expect(body.form).toContain('<input type="hidden" name="newsletter" value="morning">');
  expect(body.form).not.toContain("<script");
  expect(body.form).toContain(".tidings-button{");
  expect(body.form).not.toMatch(/:host|tidings-fault/);
  expect(body.element).toContain('<tidings-signup newsletter="morning" position="">');
  expect(body.element).toContain(`<script src="${url}/embed.js" async></script>`);
  expect(body.frame).toContain(`<iframe src="${url}/embed/morning"`);
  for (const kind of ["form", "element", "frame"]) {
    expect(body[kind], kind).not.toContain("<b>");
    expect(body[kind], kind).not.toMatch(/(?:src|href|action)="(?!https:\/\/)/);
  }
});

test("no embed but for its own sheet needs what a strict policy forbids: the frame's looks are attributes", async () => {
  await using desk = await furnished();
  const { body } = await desk.call("GET", "/api/newsletters/morning/embed");
  for (const kind of ["form", "element", "frame"]) expect(body[kind], kind).not.toMatch(/ style=| on[a-z]+=/);
  expect(body.frame).toContain('width="100%" height="420" frameborder="0"');
});

test("several newsletters share a form with boxes; a frame is for one alone", async () => {
  await using desk = await furnished();
  const { body } = await desk.call("GET", "/api/newsletters/morning/embed?and=weekend&form=foot&lang=en");
  expect(body.form.match(/type="checkbox" name="newsletter" value="[^"]+"/g)).toHaveLength(2);
  expect(body.form).not.toContain("checked");
  expect(body.form).toContain('name="form" value="foot"');
  expect(body.element).toContain('newsletter="morning weekend"');
  expect(body.frame).toBeNull();
});

test("nothing is printed for a newsletter that takes nobody, or that is not there", async () => {
  await using desk = await furnished();
  await editNewsletter(desk.world.ctx, { slug: "weekend", changes: { status: "paused" } });
  const paused = await desk.call("GET", "/api/newsletters/morning/embed?and=weekend");
  expect([paused.status, paused.body.error.code]).toEqual([409, "conflict"]);
  expect(paused.body.error.hint).toBe("Open it first: tidings newsletter edit weekend --status open");
  expect((await desk.call("GET", "/api/newsletters/mornin/embed")).body.error.hint).toBe("Did you mean morning?");
});
