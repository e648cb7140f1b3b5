from ledger.models.account import Account, Balance
from ledger.models.hold import Hold
from ledger.models.transfer import Transfer, TransferReference

__all__ = ["Account", "Balance", "Hold", "Transfer", "TransferReference"]
