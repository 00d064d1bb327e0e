import { abuse } from "./abuse.ts";
import { backup } from "./backup.ts";
import { erase } from "./erase.ts";
import type { Commands } from "./help.ts";
import { init } from "./init.ts";
import { instance } from "./instance.ts";
import { issue } from "./issue.ts";
import { keys } from "./keys.ts";
import { move } from "./move.ts";
import { newsletter } from "./newsletter.ts";
import { restore } from "./restore.ts";
import { serve } from "./serve.ts";
import { subscriber } from "./subscriber.ts";
import { suppression } from "./suppression.ts";
import { token } from "./token.ts";

/** Everything that `tidings` can do, in the order of its help. */
export const commands: Commands = {
  init,
  serve,
  newsletter,
  issue,
  subscriber,
  suppression,
  abuse,
  erase,
  instance,
  token,
  keys,
  backup,
  restore,
  move,
};
