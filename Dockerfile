# One image for every process: intake, web, worker, beat. docs/operations.md lists their commands.
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY . .
RUN useradd --system --home /app bursar && mkdir -p .local && chown bursar .local
USER bursar
EXPOSE 8000
# The intake, which serves every other path as well.
CMD ["uvicorn", "config.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", \
     "--loop", "uvloop", "--http", "config.asgi:Protocol", "--no-proxy-headers", "--no-access-log", \
     "--timeout-graceful-shutdown", "20", "--timeout-keep-alive", "30"]
