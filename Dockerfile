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
CMD ["gunicorn", "--no-control-socket", "--bind", "0.0.0.0:8000", "--worker-class", "asgi", "--workers", "2", "config.asgi:application"]
