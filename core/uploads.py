"""Files that browsers send. The one kind there is are tables that staff hand in, so none is ever larger than a table may be."""

from django.core.files.uploadhandler import MemoryFileUploadHandler, SkipFile

LARGEST = 5 * 1024 * 1024


class InMemoryUpToLargest(MemoryFileUploadHandler):
    """Keeps a file in memory, and nothing of one that is larger than LARGEST: it is read to its end and is not there."""

    def handle_raw_input(self, *args: object, **kwargs: object) -> None:
        self.activated = True

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if start + len(raw_data) > LARGEST:
            self.file.close()
            raise SkipFile
        return super().receive_data_chunk(raw_data, start)
