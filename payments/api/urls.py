"""Under /api/v1/."""

from django.urls import path

from payments.api import methods, orders, payments

urlpatterns = [
    path("orders", orders.OrdersView.as_view()),
    path("orders/<str:order_id>", orders.OrderView.as_view()),
    path("orders/<str:order_id>/cancel", orders.CancelOrderView.as_view()),
    path("payments", payments.PaymentsView.as_view()),
    path("payments/<str:payment_id>", payments.PaymentView.as_view()),
    path("payments/<str:payment_id>/capture", payments.CaptureView.as_view()),
    path("payments/<str:payment_id>/cancel", payments.CancelView.as_view()),
    path("payments/<str:payment_id>/sync", payments.SyncView.as_view()),
    path("payments/<str:payment_id>/history", payments.HistoryView.as_view()),
    path("payments/<str:payment_id>/evidence", payments.EvidenceView.as_view()),
    path("payment-types", methods.TypesView.as_view()),
    path("payment-methods", methods.SavedMethodsView.as_view()),
    path("payment-methods/<str:method_id>", methods.SavedMethodView.as_view()),
]
