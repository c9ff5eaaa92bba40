//! Cuts what comes over a wire or out of a file into lines, and never keeps more of one than the longest record may have.

use super::intake::Piece;

/// A longer line is no record; its beginning is kept in quarantine, the rest is passed over.
pub const LONGEST_LINE: usize = 65_536;

const TOO_LONG: &str = "is longer than 65536 bytes; this is its beginning";
const CUT_OFF: &str = "the connection ended in this line";

/// Cuts a stream of bytes into lines.
#[derive(Default)]
pub struct Splitter {
    line: Vec<u8>,
    /// The line was too long; the rest of it is passed over.
    passing: bool,
}

impl Splitter {
    /// The pieces that these bytes complete.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<Piece> {
        let mut pieces = vec![];
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            self.grow(&rest[..end], &mut pieces);
            rest = &rest[end + 1..];
            let line = std::mem::take(&mut self.line);
            if !std::mem::take(&mut self.passing) {
                pieces.push(Piece::Line(line));
            }
        }
        self.grow(rest, &mut pieces);
        pieces
    }

    /// How many bytes wait for the end of their line; none while it cannot be said because the line is passed over.
    pub fn waiting(&self) -> Option<usize> {
        (!self.passing).then_some(self.line.len())
    }

    /// What is left when nothing more comes.
    pub fn end(&mut self) -> Option<Piece> {
        let bytes = std::mem::take(&mut self.line).trim_ascii().to_vec();
        let passing = std::mem::take(&mut self.passing);
        (!passing && !bytes.is_empty()).then_some(Piece::Torn { bytes, why: CUT_OFF.into() })
    }

    fn grow(&mut self, bytes: &[u8], pieces: &mut Vec<Piece>) {
        if self.passing {
            return;
        }
        let room = LONGEST_LINE - self.line.len();
        self.line.extend_from_slice(&bytes[..bytes.len().min(room)]);
        if bytes.len() > room {
            self.passing = true;
            pieces.push(Piece::Torn { bytes: std::mem::take(&mut self.line), why: TOO_LONG.into() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Piece {
        Piece::Line(text.as_bytes().to_vec())
    }

    #[test]
    fn lines_are_found_however_they_are_cut_up() {
        let text = b"one\ntwo\r\n\nthree";
        for size in 1..text.len() {
            let mut splitter = Splitter::default();
            let pieces: Vec<Piece> = text.chunks(size).flat_map(|chunk| splitter.take(chunk)).collect();
            assert_eq!(pieces, [line("one"), line("two\r"), line("")], "{size}");
            assert_eq!(splitter.end(), Some(Piece::Torn { bytes: b"three".to_vec(), why: CUT_OFF.into() }));
            assert_eq!(splitter.end(), None);
        }
    }

    #[test]
    fn a_line_that_never_ends_takes_no_more_memory_than_the_longest() {
        let mut splitter = Splitter::default();
        let mut pieces = vec![];
        for _ in 0..100 {
            pieces.extend(splitter.take(&[b'x'; 10_000]));
        }
        assert_eq!(pieces, [Piece::Torn { bytes: vec![b'x'; LONGEST_LINE], why: TOO_LONG.into() }]);
        assert_eq!(splitter.take(b"end\nnext\n"), [line("next")]);
        assert_eq!(splitter.take(&[b'y'; LONGEST_LINE]), []);
        assert_eq!(splitter.take(b"\n"), [Piece::Line(vec![b'y'; LONGEST_LINE])]);
    }
}
