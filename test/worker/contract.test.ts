import { createTableKeep } from "../../src/provider/table-keep.ts";
import { d1Engine } from "../../src/store/d1.ts";
import { openStore } from "../../src/store/open.ts";
import { keepContract } from "../contract/keep.ts";
import { outboxRig } from "../contract/outbox.ts";
import { providerContract } from "../contract/provider.ts";
import { storeContract } from "../contract/store.ts";
import { bound, emptied } from "./bindings.ts";

async function close(): Promise<void> {}

storeContract("D1", async () => {
  await emptied(bound.DB);
  return { engine: d1Engine(bound.DB), another: async () => d1Engine(bound.DB), close };
});

keepContract("in tables of D1", async (clock) => {
  await emptied(bound.DB);
  const another = () => createTableKeep(openStore(d1Engine(bound.DB)), () => clock.now);
  return { keep: another(), another, clock, close };
});

providerContract("outbox in D1", async () => {
  await emptied(bound.DB);
  return outboxRig((clock) => createTableKeep(openStore(d1Engine(bound.DB)), clock), close);
});
