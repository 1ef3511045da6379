"""Hubs of models and data, training and its records, embeddings and databases of vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import Confidence
from beca_scanners.building import Provider, base62, base64, base64url, either, hexadecimal, run, uuid

if TYPE_CHECKING:
    from beca_core import Rule

HUGGINGFACE: Final = Provider(
    name="Hugging Face",
    category="ai",
    reference="https://huggingface.co/docs/hub/security-tokens",
    remediation="Invalidate the token in the settings of the account under access tokens, and create a new one.",
)
JINA: Final = Provider(
    name="Jina AI",
    category="ai",
    reference="https://jina.ai/api-dashboard/",
    remediation="Revoke the key in the API dashboard of Jina AI, and create a new one.",
)
KAGGLE: Final = Provider(
    name="Kaggle",
    category="ai",
    reference="https://www.kaggle.com/docs/api",
    remediation="Expire the token in the settings of the account, and create a new one.",
)
LLAMACLOUD: Final = Provider(
    name="LlamaCloud",
    category="ai",
    reference="https://docs.cloud.llamaindex.ai/api_key",
    remediation="Delete the key in LlamaCloud under API keys, and generate a new one.",
)
NEPTUNE: Final = Provider(
    name="Neptune",
    category="ai",
    reference="https://docs.neptune.ai/setup/setting_api_token/",
    remediation="Reset the API token in the user menu of Neptune.",
)
NOMIC: Final = Provider(
    name="Nomic",
    category="ai",
    reference="https://docs.nomic.ai/reference/api/authentication",
    remediation="Delete the key in the settings of Nomic Atlas, and create a new one.",
)
PINECONE: Final = Provider(
    name="Pinecone",
    category="ai",
    reference="https://docs.pinecone.io/guides/projects/manage-api-keys",
    remediation="Delete the key in the Pinecone console under API keys, and create a new one.",
)
QDRANT: Final = Provider(
    name="Qdrant",
    category="ai",
    reference="https://qdrant.tech/documentation/cloud/authentication/",
    remediation="Delete the key in the Qdrant Cloud console, and create a new one.",
)
VECTARA: Final = Provider(
    name="Vectara",
    category="ai",
    reference="https://docs.vectara.com/docs/console-ui/manage-api-access",
    remediation="Delete the key in the Vectara console under API access, and create a new one.",
)
WANDB: Final = Provider(
    name="Weights & Biases",
    category="ai",
    reference="https://docs.wandb.ai/platform/hosting/iam/api-keys",
    remediation="Delete the key in the user settings of Weights & Biases, and create a new one.",
)
WEAVIATE: Final = Provider(
    name="Weaviate",
    category="ai",
    reference="https://docs.weaviate.io/cloud/manage-clusters/authentication",
    remediation="Rotate the key of the cluster in the Weaviate Cloud console.",
)

RULES: Final[tuple[Rule, ...]] = (
    HUGGINGFACE.token("huggingface-user-token", "Hugging Face user access token", "hf_", run("A-Za-z", 34, 37)),
    HUGGINGFACE.token(
        "huggingface-organization-token", "Hugging Face API token of an organisation", "api_org_", run("A-Za-z", 34, 37)
    ),
    HUGGINGFACE.token("huggingface-oauth-token", "Hugging Face OAuth access token", "hf_oauth_", base64url(60, 600)),
    JINA.token("jina-api-key", "Jina AI API key", "jina_", hexadecimal(32), base64url(24, 36)),
    KAGGLE.token("kaggle-api-token", "Kaggle API token", "KGAT_", hexadecimal(32)),
    LLAMACLOUD.token("llamacloud-api-key", "LlamaCloud API key", "llx-", base62(48)),
    NEPTUNE.token(
        "neptune-api-token", "Neptune API token: a JSON document in base 64", "eyJhcGlfYWRkcmVzcyI6", base64(80, 400)
    ),
    NOMIC.token("nomic-api-key", "Nomic API key", "nk-", base64url(43), confidence=Confidence.MEDIUM),
    PINECONE.token("pinecone-api-key", "Pinecone API key", "pcsk_", base62(4, 8), "_", base62(50, 72)),
    PINECONE.token(
        "pinecone-labelled-api-key",
        "Pinecone API key with a public label",
        "pckey_",
        run("0-9A-Za-z-", 2, 80),
        "_",
        base62(40, 80),
    ),
    PINECONE.named("pinecone-legacy-api-key", "Pinecone API key in the form of a UUID", "pinecone", *uuid()),
    QDRANT.named("qdrant-api-key", "Qdrant Cloud API key in its old form", "qdrant", base64url(54)),
    QDRANT.named(
        "qdrant-cloud-management-key", "Qdrant Cloud management key", "qdrant", *uuid(), "|", base64url(40, 80)
    ),
    VECTARA.token(
        "vectara-api-key",
        "Vectara API key: personal, of an index or for queries",
        either("zut_", "zwt_", "zqt_"),
        base64url(36, 44),
    ),
    WANDB.token("wandb-api-key", "Weights & Biases API key", "wandb_v1_", base64url(60, 100)),
    WEAVIATE.named("weaviate-api-key", "Weaviate Cloud API key", ("weaviate", "wcd_api", "wcs_api"), base62(36, 40)),
)
