from access.models.api_key import MERCHANT_SCOPES, PERSONAL_SCOPES, ApiKey, Scope
from access.models.approval import Approval
from access.models.approval_limit import ApprovalLimit
from access.models.audit_entry import AuditEntry
from access.models.gateway_token import GatewayToken
from access.models.merchant import Merchant
from access.models.saved_filter import SavedFilter
from access.models.second_factor import Authenticator, RecoveryCode
from access.models.sign_in import RefreshToken, SignIn
from access.models.user import User

__all__ = [
    "MERCHANT_SCOPES",
    "PERSONAL_SCOPES",
    "ApiKey",
    "Approval",
    "ApprovalLimit",
    "AuditEntry",
    "Authenticator",
    "GatewayToken",
    "Merchant",
    "RecoveryCode",
    "RefreshToken",
    "SavedFilter",
    "Scope",
    "SignIn",
    "User",
]
