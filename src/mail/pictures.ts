/** How large a picture is, in its own pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The size that a PNG, GIF, WebP or JPEG file tells in its head, as browsers show it; null for any other file, and a broken one. */
export function sizeOf(file: Uint8Array): Size | null {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  try {
    const size = readPng(view) ?? readGif(view) ?? readWebp(view) ?? readJpeg(view);
    return size === null || size.width === 0 || size.height === 0 ? null : size;
  } catch (fault) {
    // The file ends before its size: DataView throws a RangeError for that alone.
    if (fault instanceof RangeError) return null;
    throw fault;
  }
}

function says(view: DataView, at: number, text: string): boolean {
  if (at + text.length > view.byteLength) return false;
  return [...text].every((sign, index) => view.getUint8(at + index) === sign.charCodeAt(0));
}

/** PNG, second edition §11.2.2: the first chunk is IHDR. */
function readPng(view: DataView): Size | null {
  if (!says(view, 0, "\u0089PNG\r\n\u001a\n") || !says(view, 12, "IHDR")) return null;
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

/** GIF89a §18: the logical screen. */
function readGif(view: DataView): Size | null {
  if (!says(view, 0, "GIF87a") && !says(view, 0, "GIF89a")) return null;
  return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
}

/** RFC 9649 §2.5 to 2.7: lossy, lossless, and extended files. */
function readWebp(view: DataView): Size | null {
  if (!says(view, 0, "RIFF") || !says(view, 8, "WEBP")) return null;
  if (says(view, 12, "VP8X")) return { width: 1 + uint24(view, 24), height: 1 + uint24(view, 27) };
  if (says(view, 12, "VP8L") && view.getUint8(20) === 0x2f) {
    const bits = view.getUint32(21, true);
    return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
  }
  if (!says(view, 12, "VP8 ") || !says(view, 23, "\u009d\u0001\u002a")) return null;
  return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
}

function uint24(view: DataView, at: number): number {
  return view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
}

/** ITU-T T.81 annex B: segments until the frame header, which none of DHT, JPG and DAC is. */
function readJpeg(view: DataView): Size | null {
  if (view.getUint16(0) !== 0xffd8) return null;
  let turned = false;
  for (let at = 2; view.getUint8(at) === 0xff; ) {
    const kind = view.getUint8(at + 1);
    if (kind === 0xff) {
      // A fill byte.
      at += 1;
      continue;
    }
    if (kind >= 0xc0 && kind <= 0xcf && kind !== 0xc4 && kind !== 0xc8 && kind !== 0xcc) {
      const [height, width] = [view.getUint16(at + 5), view.getUint16(at + 7)];
      return turned ? { width: height, height: width } : { width, height };
    }
    // The picture's data begin, or the file ends.
    if (kind === 0xda || kind === 0xd9) return null;
    if (kind === 0xe1 && says(view, at + 4, "Exif\0\0")) turned ||= liesOnItsSide(view, at + 10);
    at += 2 + view.getUint16(at + 2);
  }
  return null;
}

/** Whether a camera's orientation (Exif 2.3 §4.6.4, tag 0x0112) is one of the four that browsers turn by a quarter. */
function liesOnItsSide(view: DataView, start: number): boolean {
  const little = says(view, start, "II*\0");
  if (!little && !says(view, start, "MM\0*")) return false;
  const directory = start + view.getUint32(start + 4, little);
  const entries = view.getUint16(directory, little);
  for (let entry = directory + 2; entry < directory + 2 + entries * 12; entry += 12) {
    if (view.getUint16(entry, little) === 0x0112) return view.getUint16(entry + 8, little) >= 5;
  }
  return false;
}
