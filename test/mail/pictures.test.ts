import { describe, expect, test } from "vitest";
import { sizeOf } from "../../src/mail/pictures.ts";

/** Texts by their signs, numbers as bytes. */
function bytes(...parts: (string | number)[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => (typeof part === "number" ? [part] : [...part].map(signOf))));
}

function signOf(sign: string): number {
  return sign.charCodeAt(0);
}

const png = bytes("\u0089PNG\r\n\u001a\n", 0, 0, 0, 13, "IHDR", 0, 0, 4, 176, 0, 0, 2, 163, 8, 2);
const gif = bytes("GIF89a", 128, 2, 104, 1, 0);
const lossy = bytes("RIFF", 0, 0, 0, 0, "WEBPVP8 ", 0, 0, 0, 0, 0, 0, 0, 0x9d, 1, 0x2a, 0x80, 0x42, 0x68, 0x41);
const lossless = bytes("RIFF", 0, 0, 0, 0, "WEBPVP8L", 0, 0, 0, 0, 0x2f, 0x7f, 0xc2, 0x59, 0);
const extended = bytes("RIFF", 0, 0, 0, 0, "WEBPVP8X", 10, 0, 0, 0, 0, 0, 0, 0, 0x7f, 2, 0, 0x67, 1, 0);
const frame = [0xff, 0xc2, 0, 17, 8, 1, 104, 2, 128, 3];
const tables = [0xff, 0xdb, 0, 4, 1, 2, 0xff, 0xc4, 0, 4, 1, 2];

/** A JPEG as a camera makes it, with one entry of Exif: its orientation. */
function photo(order: "II" | "MM", orientation: number): Uint8Array {
  const word = (value: number) => (order === "II" ? [value, 0] : [0, value]);
  const long = (value: number) => (order === "II" ? [value, 0, 0, 0] : [0, 0, 0, value]);
  const tag = order === "II" ? [0x12, 1] : [1, 0x12];
  const tiff = [...bytes(order), ...word(42), ...long(8), ...word(1), ...tag, ...word(3), ...long(1)];
  const exif = [...bytes("Exif\0\0"), ...tiff, ...word(orientation), 0, 0];
  return Uint8Array.from([0xff, 0xd8, 0xff, 0xe1, 0, exif.length + 2, ...exif, ...tables, 0xff, ...frame]);
}

describe("the size of a picture", () => {
  test.each([
    ["PNG", png, 1_200, 675],
    ["GIF", gif, 640, 360],
    ["lossy WebP", lossy, 640, 360],
    ["lossless WebP", lossless, 640, 360],
    ["extended WebP", extended, 640, 360],
    ["JPEG", Uint8Array.from([0xff, 0xd8, ...tables, ...frame]), 640, 360],
    ["JPEG of a camera that was held upright", photo("II", 1), 640, 360],
    ["JPEG of a camera that lay on its side", photo("II", 6), 360, 640],
    ["JPEG of another such camera", photo("MM", 8), 360, 640],
  ])("is read from the head of a %s", (_, file, width, height) => {
    expect(sizeOf(file)).toEqual({ width, height });
    // In the middle of a larger buffer as well.
    const apart = new Uint8Array([7, 7, 7, ...file, 7]).subarray(3, 3 + file.length);
    expect(sizeOf(apart)).toEqual({ width, height });
  });

  test.each([
    ["an empty file", bytes()],
    ["a text", bytes("<svg xmlns='http://www.w3.org/2000/svg'/>")],
    ["a JPEG without a frame", bytes(0xff, 0xd8, 0xff, 0xda, 0, 2, 0)],
    ["a picture without width", bytes("GIF89a", 0, 0, 104, 1)],
    ["a WebP of a kind that is not known", bytes("RIFF", 0, 0, 0, 0, "WEBPVP9 ", 0, 0, 0, 0, 0)],
  ])("is not known of %s", (_, file) => {
    expect(sizeOf(file)).toBeNull();
  });

  test("is not known of a file that ends too early, wherever that is", () => {
    for (const file of [png, gif, lossy, lossless, extended, photo("II", 6)]) {
      for (let length = 0; length < 10; length += 1) expect(sizeOf(file.subarray(0, length))).toBeNull();
    }
    expect(sizeOf(photo("II", 6).subarray(0, -4))).toBeNull();
  });
});
