//! The press: lays values out by a template. It has our templates and typefaces, and no disk, network or clock.

use crate::NotTypeset;
use std::sync::LazyLock;
use typst::comemo;
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::ecow::EcoVec;
use typst::foundations::{Bytes, Datetime, Dict, Duration, Value};
use typst::layout::Point;
use typst::model::{Document, DocumentInfo};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};
use typst_layout::{Page, PagedDocument};
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

/// A template with its name.
pub(crate) type Template = (&'static str, &'static str);

const FRAME: Template = ("frame.typ", include_str!("../templates/frame.typ"));
const NUMBERS: Template = ("numbers.typ", include_str!("../templates/numbers.typ"));

/// A report on its way through the press, sheet by sheet.
pub(crate) struct Run {
    template: Template,
    pages: EcoVec<Page>,
    info: Option<DocumentInfo>,
    sheets: usize,
}

impl Run {
    pub fn of(template: Template) -> Self {
        Self { template, pages: EcoVec::new(), info: None, sheets: 0 }
    }

    /// Adds the pages that the template makes of these values, which it finds in `sys.inputs`. What the typesetter remembers of
    /// them is forgotten at once: of a long table it would remember more than a hundred times its text.
    pub fn print(&mut self, values: Dict) -> Result<(), NotTypeset> {
        let sheet = sheet(self.template, values)?;
        self.pages.extend(sheet.pages().iter().cloned());
        self.info.get_or_insert_with(|| sheet.info().clone());
        self.sheets += 1;
        drop(sheet);
        comemo::evict(0);
        Ok(())
    }

    /// The whole, each page numbered: only now it is known how many there are.
    pub fn bind(mut self, head: &Value) -> Result<Vec<u8>, NotTypeset> {
        let count = i64::try_from(self.pages.len()).unwrap_or(i64::MAX);
        let values = [("head".into(), head.clone()), ("pages".into(), Value::Int(count))];
        let numbers = sheet(NUMBERS, values.into_iter().collect())?;
        for (page, number) in self.pages.make_mut().iter_mut().zip(numbers.pages()) {
            page.frame.push_frame(Point::zero(), number.frame.clone());
        }
        // The structure for screen readers goes by names that are only unique within a sheet.
        let options = PdfOptions { tagged: self.sheets == 1, ..PdfOptions::default() };
        let document = PagedDocument::new(self.pages, self.info.unwrap_or_default());
        typst_pdf::pdf(&document, &options).map_err(|errors| {
            NotTypeset::Template(errors.iter().map(|error| error.message.as_str()).collect::<Vec<_>>().join("; "))
        })
    }
}

/// The pages of one compilation.
fn sheet(template: Template, values: Dict) -> Result<PagedDocument, NotTypeset> {
    let press = Press::with(template, values)?;
    typst::compile::<PagedDocument>(&press).output.map_err(|errors| press.complaint(&errors))
}

impl Press {
    fn with(template: Template, values: Dict) -> Result<Self, NotTypeset> {
        Ok(Self {
            library: LazyHash::new(Library::builder().with_inputs(values).build()),
            book: LazyHash::new(FontBook::from_fonts(FONTS.iter())),
            template: source(template)?,
            frame: source(FRAME)?,
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

fn source((name, text): Template) -> Result<Source, NotTypeset> {
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
