//! The press: lays values out by a template. It has our templates and typefaces, and no disk, network or clock.

use crate::NotTypeset;
use std::sync::LazyLock;
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Dict, Duration, Value};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};
use typst_layout::PagedDocument;
use typst_pdf::PdfOptions;

/// Source Sans has Latin, Greek and Cyrillic; DejaVu what it has not (Hebrew, Arabic, Georgian, Armenian, signs).
const TYPEFACES: [&[u8]; 3] = [
    include_bytes!("../fonts/SourceSans3-Regular.ttf"),
    include_bytes!("../fonts/SourceSans3-SemiBold.ttf"),
    include_bytes!("../fonts/DejaVuSans.ttf"),
];

static FONTS: LazyLock<Vec<Font>> =
    LazyLock::new(|| TYPEFACES.into_iter().flat_map(|face| Font::iter(Bytes::new(face))).collect());

struct Press {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    template: Source,
    frame: Source,
}

/// Pages with what the template makes of these values, which it finds in `sys.inputs`.
pub(crate) fn print(template: &str, report: Value) -> Result<Vec<u8>, NotTypeset> {
    let Value::Dict(report) = report else { return Err(NotTypeset::Template("a report is an object".into())) };
    let press = Press::with(template, report)?;
    let document = typst::compile::<PagedDocument>(&press).output.map_err(|errors| press.complaint(&errors))?;
    // The structure for screen readers: on ten thousand rows it would weigh more than the rows (see docs/architecture.md).
    let options = PdfOptions { tagged: document.pages().len() <= 100, ..PdfOptions::default() };
    typst_pdf::pdf(&document, &options).map_err(|errors| press.complaint(&errors))
}

impl Press {
    fn with(template: &str, report: Dict) -> Result<Self, NotTypeset> {
        Ok(Self {
            library: LazyHash::new(Library::builder().with_inputs(report).build()),
            book: LazyHash::new(FontBook::from_fonts(FONTS.iter())),
            template: source("report.typ", template)?,
            frame: source("frame.typ", include_str!("../templates/frame.typ"))?,
        })
    }

    fn complaint(&self, errors: &[SourceDiagnostic]) -> NotTypeset {
        use typst::WorldExt;
        let line = |error: &SourceDiagnostic| {
            let source = error.span.id().and_then(|id| self.source(id).ok());
            let at = source.zip(self.range(error.span)).and_then(|(source, range)| {
                let line = source.lines().byte_to_line(range.start)? + 1;
                Some(format!("{}:{line}: ", source.id().vpath().get_without_slash()))
            });
            format!("{}{}", at.unwrap_or_default(), error.message)
        };
        NotTypeset::Template(errors.iter().map(line).collect::<Vec<_>>().join("; "))
    }
}

fn source(name: &str, text: &str) -> Result<Source, NotTypeset> {
    let path = VirtualPath::new(name).map_err(|error| NotTypeset::Template(error.to_string()))?;
    Ok(Source::new(RootedPath::new(VirtualRoot::Project, path).intern(), text.to_owned()))
}

impl World for Press {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    fn main(&self) -> FileId {
        self.template.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        let known = [&self.template, &self.frame].into_iter().find(|source| source.id() == id);
        known.cloned().ok_or(FileError::AccessDenied)
    }

    fn file(&self, _: FileId) -> FileResult<Bytes> {
        Err(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
