/** Texts that are the same as in English and are meant to be. */
export const meant: Readonly<Record<string, readonly string[]>> = {
  es: ["common.error", "signup.error-title"],
};
