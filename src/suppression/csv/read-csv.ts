/** A record of a CSV file. */
export interface CsvRecord {
  /** Where it begins, from 1. */
  readonly line: number;
  /** Undefined for a record that is larger than any honest one. */
  readonly fields: readonly string[] | undefined;
}

/** Characters of one record; what is beyond is not kept. */
const MAX_RECORD_CHARS = 16_384;
const SEPARATORS = new Set([',', ';', '\t']);

/**
 * Reads CSV as it comes, one record at a time (RFC 4180): quoted fields, any line end, UTF-8 with or without a byte order
 * mark. The first separator that is seen, comma, semicolon or tabulator, is that of the file.
 */
export async function* readCsv(
  source: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>,
): AsyncGenerator<CsvRecord> {
  const decoder = new TextDecoder('utf-8');
  const parser = new CsvParser();
  for await (const chunk of source) {
    yield* parser.push(typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }));
  }
  yield* parser.push(decoder.decode());
  yield* parser.end();
}

class CsvParser {
  #separator: string | undefined;
  #fields: string[] = [];
  #field = '';
  #chars = 0;
  #line = 1;
  #begunAt = 1;
  #isQuoted = false;
  /** A quote within a quoted field: the next character says whether it ends it. */
  #sawQuote = false;
  #sawReturn = false;
  #isFirst = true;

  *push(text: string): Generator<CsvRecord> {
    for (const char of this.#isFirst && text.startsWith('\uFEFF') ? text.slice(1) : text) {
      if (char === '\n' && this.#sawReturn) {
        this.#sawReturn = false;
        continue;
      }
      this.#sawReturn = char === '\r' && (!this.#isQuoted || this.#sawQuote);
      if (this.#isQuoted && !this.#sawQuote) {
        if (char === '"') this.#sawQuote = true;
        else this.#take(char);
        if (char === '\n') this.#line++;
      } else if (this.#sawQuote && char === '"') {
        this.#sawQuote = false;
        this.#take(char);
      } else if (char === '\n' || char === '\r') {
        yield* this.#endRecord();
        this.#line++;
        this.#begunAt = this.#line;
      } else if (this.#isSeparator(char)) {
        this.#endField();
      } else if (char === '"' && this.#field === '' && !this.#isQuoted) {
        this.#isQuoted = true;
      } else {
        this.#take(char);
      }
    }
    if (text !== '') this.#isFirst = false;
  }

  *end(): Generator<CsvRecord> {
    yield* this.#endRecord();
  }

  #isSeparator(char: string): boolean {
    if (this.#separator === undefined && SEPARATORS.has(char)) this.#separator = char;
    return char === this.#separator;
  }

  #take(char: string): void {
    this.#chars++;
    if (this.#chars <= MAX_RECORD_CHARS) this.#field += char;
  }

  #endField(): void {
    this.#chars++;
    if (this.#chars <= MAX_RECORD_CHARS) this.#fields.push(this.#field);
    this.#field = '';
    this.#isQuoted = false;
    this.#sawQuote = false;
  }

  *#endRecord(): Generator<CsvRecord> {
    const isBlank =
      this.#fields.length === 0 && this.#field.trim() === '' && this.#chars === this.#field.length;
    this.#endField();
    if (!isBlank) {
      yield { line: this.#begunAt, fields: this.#chars > MAX_RECORD_CHARS ? undefined : this.#fields };
    }
    this.#fields = [];
    this.#chars = 0;
  }
}
